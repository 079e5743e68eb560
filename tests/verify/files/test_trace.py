"""Traces read back: every line, the chain, what is damaged, what was never ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.edits import swap
from support.planted_traces import Plan, record_trace
from verify.errors import CouldNotJudgeError, UsageError
from verify.files import events
from verify.files.events import Memo
from verify.files.structure import to_json
from verify.files.traces import is_trace, open_trace
from verify.tracing.fingerprints import FUNCTION
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ODD = {
    "float": 0.1, "whole": 2**70, "small": -3, "text": 'a"b\\c\n\u00e9\u20ac', "truth": True,
    "complex": 1 + 2j, "bytes": b"ab", "nan": float("nan"), "list": [1.0, 2.0], "none": None,
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the directory of a sound trace."""
    return record_trace(tmp_path / "trace")


def test_the_reader_reads_what_the_recorder_writes(place: Path) -> None:
    """Every line becomes an event that has the same JSON value; the header counts them."""
    trace = open_trace(place)
    lines = list(trace.read_events())
    values = [json.loads(line) for line in (place / "events.jsonl").read_text().splitlines()]
    assert [to_json(line.event) for line in lines] == values
    assert len(lines) == trace.header.events == 56
    assert [head.epoch for head in trace.header.heads] == [1, 2]
    assert (trace.header.function, trace.header.level, trace.header.complete) == (FUNCTION, "step", True)
    assert lines[0].id == (1, 1, "batch", 1)


def test_odd_values_are_read_back(tmp_path: Path) -> None:
    """Whatever the recorder can be given: texts with quotes, large numbers, negative steps, other threads' stages."""
    recorder = Recorder(tmp_path / "trace", level="calls", command=["a", 'b"\n'])
    recorder.enter(None, -5)
    recorder.event("output", 'odd "stage"\\ \u202e', outputs=ODD, at="a b.py:3")
    recorder.event("operation", "nothing")
    recorder.close()
    first, second = (line.event for line in open_trace(tmp_path / "trace").read_events())
    assert (first.step, first.stage, first.at) == (-5, 'odd "stage"\\ \u202e', "a b.py:3")
    assert {tensor.name: tensor.value for tensor in first.outputs}["text"] == ODD["text"]
    assert (second.outputs, second.inputs) == ((), None)


def test_a_trace_that_was_never_ended_is_read_to_its_last_whole_line(tmp_path: Path) -> None:
    """The program was killed while it wrote."""
    place = record_trace(tmp_path / "trace", close=False)
    with (place / "events.jsonl").open("ab") as stream:
        stream.write(b'{"epoch":1,"kin')
    trace = open_trace(place)
    assert not trace.header.complete
    assert len(list(trace.read_events())) == 56


def test_equal_lines_of_two_traces_are_read_once(place: Path, tmp_path: Path) -> None:
    """A shared memo gives the very same line; without it there are two."""
    other = open_trace(record_trace(tmp_path / "other"))
    for memo, same in ((Memo(), True), (None, False)):
        pairs = zip(open_trace(place).read_events(None, memo), other.read_events(None, memo), strict=True)
        assert all((a is b) == same for a, b in pairs)


def test_a_process_that_was_killed_leaves_its_whole_lines(place: Path) -> None:
    """Also where the program itself ended in an orderly way."""
    lines = (place / "events.jsonl").read_bytes()
    (place / "events-worker-1.jsonl").write_bytes(lines[:-10])
    trace = open_trace(place)
    assert [file.name for file in trace.files] == ["events.jsonl", "events-worker-1.jsonl"]
    assert len(list(trace.read_events(trace.files[1]))) == 55


def edit(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Return a change of one file of a trace."""

    def damage(place: Path) -> None:
        (place / name).write_bytes(change((place / name).read_bytes()))

    return damage


def change_header(**values: Any) -> Callable[[Path], None]:  # noqa: ANN401 - any JSON value
    """Return a change of keys in the header."""
    return edit("header.json", lambda data: json.dumps({**json.loads(data), **values}).encode())


LINES = "events.jsonl"
_DAMAGED = "an event of a trace is damaged"
DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no header": (lambda place: (place / "header.json").unlink(), "this directory is not a trace"),
    "no events": (lambda place: (place / LINES).unlink(), "this directory is not a trace"),
    "header of another kind": (change_header(schema="x"), "the header of a trace has another schema"),
    "header without a function": (change_header(function=None), "the header of a trace is not valid"),
    "header that is no JSON": (edit("header.json", lambda data: data[:40]), "the header of a trace is not JSON"),
    "one event less": (edit(LINES, lambda data: data[: data[:-1].rindex(b"\n") + 1]), "the number of all events"),
    "another count": (change_header(events=3), "the number of all events"),
    "a flipped bit": (edit(LINES, lambda data: swap(data, b'"step":2', b'"step":3', 1)), "the digest of all events"),
    "a line cut": (edit(LINES, lambda data: data[:-30]), _DAMAGED),
    "a line twice": (edit(LINES, lambda data: data.split(b"\n")[0] + b"\n" + data), _DAMAGED),
    "other spaces": (edit(LINES, lambda data: swap(data, b'"n":1,', b'"n": 1,', 1)), _DAMAGED),
    "a key twice": (edit(LINES, lambda data: swap(data, b'"n":1,', b'"n":1,"n":1,', 1)), _DAMAGED),
    "another kind": (edit(LINES, lambda data: swap(data, b'"data"', b'"date"', 1)), _DAMAGED),
    "not UTF-8": (edit(LINES, lambda data: swap(data, b"batch", b"b\xfftch", 1)), _DAMAGED),
    "empty": (edit(LINES, lambda _: b""), "the number of all events"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_an_error_with_its_place(name: str, place: Path) -> None:
    """Never a traceback, and never a trace that seems sound."""
    damage, title = DAMAGES[name]
    damage(place)
    with pytest.raises(CouldNotJudgeError, match=title) as caught:
        list(open_trace(place).read_events())
    assert str(place) in str(caught.value.where)


def test_a_line_that_never_ends_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit holds for every line."""
    monkeypatch.setattr(events, "LONGEST_LINE", 100)
    with pytest.raises(CouldNotJudgeError, match="damaged") as caught:
        list(open_trace(place).read_events())
    assert caught.value.found == "more than 100 bytes"


def test_what_is_no_directory_is_a_usage_error(tmp_path: Path) -> None:
    """Missing, a file, or a path with a zero byte."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "none", tmp_path / "file", tmp_path / "a\0b"):
        with pytest.raises(UsageError):
            open_trace(path)
    assert not is_trace(tmp_path)


def test_events_after_the_limit_are_in_the_coverage(tmp_path: Path) -> None:
    """A trace that was cut at its limit is sound, and says so."""
    trace = open_trace(record_trace(tmp_path / "trace", Plan(limit=2000)))
    assert 0 < len(list(trace.read_events())) < 56
    assert "after the limit" in str(trace.header.coverage["not_seen"])
