"""The pytest plugin: its options and the fixture `array_golden`. PYTEST_DONT_REWRITE.

Its hooks are in `verify.arrays.hooks`. Neither imports NumPy until a test uses the fixture. The package `verify` of
this project is loaded under its name only while the plugin works, because a user's own `verify.py` has the same right
to that name.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.arrays.hooks import State

_ROOT = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - most sessions need no pathlib
_NAME = "verify"
_VARIABLE = "REPRO_APPLIANCE_GOLDEN_RERUN"
_LOCK = threading.RLock()
_ours: dict[str, Any] = {}


@contextmanager
def own_modules() -> Iterator[None]:
    """Let `verify` be the package of this project, and afterwards what it was before."""
    with _LOCK:
        before = _take()
        home = [os.path.join(_ROOT, _NAME)]  # noqa: PTH118 - as above
        if _NAME in before and [os.path.abspath(path) for path in getattr(before[_NAME], "__path__", ())] == home:  # noqa: PTH100
            sys.modules.update(before)
            yield
            return
        sys.modules.update(_ours)
        try:
            if _NAME not in sys.modules:
                _load()
            yield
        finally:
            _ours.update(_take())
            sys.modules.update(before)


def _take() -> dict[str, Any]:
    """Remove `verify` and its modules from those that are loaded; return them."""
    names = [name for name in sys.modules if name == _NAME or name.startswith(_NAME + ".")]
    return {name: sys.modules.pop(name) for name in names}


def _load() -> None:
    kept = list(sys.path)
    sys.path[:] = [_ROOT]
    try:
        __import__(_NAME)
    finally:
        sys.path[:] = kept


class ArrayGoldenError(AssertionError):
    """Arrays are not those of their golden, or there is no sound golden."""


class ArrayGolden:
    """Compares values with those that were recorded for this test; bits decide."""

    def __init__(self, checks: Any) -> None:  # noqa: ANN401 - of a module that is loaded later
        self._checks = checks

    def check(
        self,
        value: Any,  # noqa: ANN401 - arrays, numbers, texts, and dicts and lists of them
        *,
        ulp: int | None = None,
        rtol: float | None = None,
        reason: str | None = None,
        name: str | None = None,
    ) -> None:
        """Compare a value with its golden.

        Args:
            value: an array, a number or a text, or dicts and lists of them.
            ulp: how many numbers of the format may lie between, for floats; needs a reason.
            rtol: the largest relative difference, for floats; needs a reason.
            reason: why the bits need not be equal; shown at the end of every run.
            name: the name of this check in the golden; by default its number in the test.

        Raises:
            ArrayGoldenError: it differs, or there is no sound golden.
            ValueError: the value has no canonical bytes, or an argument has no meaning.
        """
        __tracebackhide__ = True
        failure: Exception | None = None
        with own_modules():
            from verify.errors import ApplianceError, UsageError  # noqa: PLC0415 - loaded with the checks

            try:
                self._checks.check(value, ulp=ulp, rtol=rtol, reason=reason, name=name)
            except UsageError as error:
                failure = ValueError(str(error))
            except (ApplianceError, AssertionError) as error:
                failure = ArrayGoldenError(str(error))
        if failure is not None:
            raise failure


_KEY: pytest.StashKey[State] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("array goldens")
    try:
        group.addoption(
            "--golden-update",
            action="store_true",
            default=False,
            help="Record the goldens of array_golden, remove unused ones. The run then fails; run again without it.",
        )
        group.addoption(
            "--golden-values",
            action="store_true",
            default=False,
            help="With --golden-update: also keep whole arrays, in an npz file beside each golden.",
        )
    except ValueError:  # another plugin has such an option: then this one does not record
        return
    parser.addini("golden_values", "keep whole arrays when goldens are recorded", type="bool", default=False)
    parser.addini("golden_rerun_seconds", "wall time of a test that is run again; 0 for never", default="60")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a session; recording is refused in continuous integration."""
    with own_modules():
        from verify.arrays.hooks import State  # noqa: PLC0415 - loaded as ours

        state = config.stash[_KEY] = State(config, os.environ.pop(_VARIABLE, None), dict(os.environ), own_modules)
    if state.update and os.environ.get("CI") and not hasattr(config, "workerinput"):
        raise pytest.UsageError(
            f"--golden-update: goldens are never written in continuous integration (CI={os.environ['CI']});"
            " record them on a developer's machine, review them, then commit them"
        )
    config.pluginmanager.register(state, "repro_appliance_array_goldens")


@pytest.fixture
def array_golden(request: pytest.FixtureRequest) -> ArrayGolden:
    """Compare arrays with those that were recorded: `array_golden.check(value)`; bits decide."""
    return ArrayGolden(request.config.stash[_KEY].begin(request.node))
