"""The comparison over versions of Python with those of NumPy: which outcome each set of rows gets."""

from __future__ import annotations

import pytest

from delivery.variants import LEGS, ROOT, find_interpreter, judge

pytestmark = pytest.mark.checkout

_ONE = {"config": "smoke", "python": "3.11.7", "numpy": "1.26.4", "run": "sha256:aa", "history": "sha256:bb"}
_SAME = _ONE | {"python": "3.13.0", "numpy": "2.4.4"}
_OTHER = _SAME | {"history": "sha256:cc"}


@pytest.mark.parametrize(
    ("rows", "missing", "found_only", "code"),
    [
        ([_ONE, _SAME], [], False, 0),
        ([_ONE, _SAME], ["no CPython 3.14"], True, 0),
        ([_ONE, _OTHER], [], False, 1),
        ([_ONE, _OTHER], ["no CPython 3.14"], True, 1),
        ([_ONE, _SAME], ["no CPython 3.14"], False, 3),
        ([_ONE, _SAME], ["failed: pip"], True, 3),
        ([_ONE], [], False, 3),
        ([_ONE, _SAME, _ONE | {"config": "baseline"}], [], False, 3),
        ([], [], True, 3),
    ],
)
def test_rows_are_judged(rows: list[dict[str, str]], missing: list[str], found_only: bool, code: int) -> None:
    """Agreement of at least two runs of every configuration is a pass; a gap is not, unless it was allowed."""
    assert judge(rows, missing, found_only=found_only)[0] == code


def test_interpreter_that_does_not_exist_is_not_found() -> None:
    """A version of Python that is not installed is reported as missing."""
    assert find_interpreter("3.999") is None


def test_every_leg_has_its_lock() -> None:
    """Nothing is installed for a leg without a lock, and no lock is left without a leg."""
    locks = sorted(path.name for path in (ROOT / "locks").glob("numpy-*.lock"))
    assert locks == sorted({f"numpy-{numpy}.lock" for _, numpy in LEGS if numpy != "locked"})
