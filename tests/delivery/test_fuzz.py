"""Damaged files for every reader: a scaled run of `make torture`; wrong readers are found."""

from __future__ import annotations

import time

import pytest

from delivery.fuzz import cases
from delivery.fuzz.cases import make_case, run_cases
from delivery.fuzz.readers import READERS, Reader

pytestmark = pytest.mark.checkout

SCALED = 60


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_no_damage_ends_otherwise_than_documented(reader: Reader) -> None:
    """Every case gives a value or an error of the project, soon; most readers refuse some and read some."""
    tally = run_cases(reader, range(SCALED), seconds=60)
    assert tally.findings == []
    assert tally.cases == SCALED
    assert tally.read < SCALED or reader.name in ("run directory", "report")  # these two tell in their value


def _wait(seconds: float) -> list[str]:
    time.sleep(seconds)
    return []


def _raise(error: Exception) -> list[str]:
    raise error


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda *_: _raise(KeyError("a")), "KeyError"),
        (lambda *_: _raise(RecursionError("deep")), "RecursionError"),
        (lambda *_: _raise(MemoryError()), "MemoryError"),
        (lambda *_: ["fine", "a\x1b[2J"], "unsafe text"),
        (lambda *_: ["a\n  ::error::b"], "unsafe text"),
        (lambda *_: [str(bytes(1 << 40))], "MemoryError"),
        (lambda *_: _wait(0.3), "took"),
    ],
)
def test_wrong_reader_is_found(read: object, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that raises something else, fills the memory, takes long or shows raw text is a finding."""
    monkeypatch.setattr(cases, "SLOW", 0.1)
    reader = Reader(name="wrong", damage=lambda _: b"", read=read)  # type: ignore[arg-type]
    tally = run_cases(reader, range(3), seconds=60)
    assert [found.case for found in tally.findings] == [0, 1, 2]
    assert says in tally.findings[0].what


def test_hang_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that does not end is ended and reported."""
    monkeypatch.setattr(cases, "_HANG", 1)
    reader = Reader(name="hang", damage=lambda _: b"", read=lambda *_: _wait(30))
    tally = run_cases(reader, range(1), seconds=60)
    assert "HangError" in tally.findings[0].what


@pytest.mark.slow
def test_cases_can_be_made_again() -> None:
    """The number of a case gives the same bytes, whatever was made before; other numbers give others."""
    for reader in READERS:
        first = [make_case(reader, case) for case in range(5)]
        assert [make_case(reader, case) for case in reversed(range(5))] == first[::-1]
        assert len(set(first)) > 1


def test_every_reader_has_cases() -> None:
    """The kinds of files that the program reads are all in the table."""
    names = {reader.name for reader in READERS}
    assert {"configuration", "golden", "record", "run directory", "fingerprint", "report", "pins", "weights"} <= names
    assert len(names) == len(READERS)
