"""The pytest plugin: the fixture `array_golden`, and what the end of a session needs. PYTEST_DONT_REWRITE.

It imports nothing more until a test uses the fixture. The package `verify` of this project is loaded under its name
only while the plugin works, because a user's own `verify.py` has the same right to that name.
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

_ROOT = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - most sessions need no pathlib
_NAME = "verify"
_FOLDER = "array_goldens"
_VARIABLE = "REPRO_APPLIANCE_GOLDEN_RERUN"
_ATTRIBUTE = "repro_appliance_array_golden"
_INPUT, _OUTPUT = "repro_appliance_input", "repro_appliance_output"
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


class State:
    """What one process of a session remembers, and its hooks.

    Args:
        config: of the session.
        request: what another process asked this one for, in the words of `verify.arrays.rerun`.
    """

    def __init__(self, config: pytest.Config, request: str | None) -> None:
        given = getattr(config, "workerinput", {}).get(_INPUT, {})
        self.config = config
        self.request = request
        self.update = request is None and bool(config.getoption("golden_update", default=False))
        self.arguments: list[str] = given.get("arguments") or [str(word) for word in config.invocation_params.args]
        self.places: list[str] = given.get("places") or [
            str(p) for p in getattr(config.option, "file_or_dir", None) or []
        ]
        self.environment = dict(os.environ)
        self.session: Any = None
        self._spool: str | None = given.get("spool")
        self._owns_spool = False
        self._items: list[pytest.Item] = []
        self._running: dict[str, Any] = {}
        self._reports: dict[str, tuple[bool, Any]] = {}
        self._collected: dict[str, Any] = {}
        self._lines: list[str] = []

    def begin(self, node: Any) -> ArrayGolden:  # noqa: ANN401 - pytest gives fixtures no type for it
        """Return the fixture for a test."""
        with own_modules():
            from verify.arrays.sessions import begin_test  # noqa: PLC0415 - loads NumPy

            self._running[node.nodeid] = begin_test(self, node)
        return ArrayGolden(self._running[node.nodeid])

    def get_spool(self) -> str:
        """Return the folder for arrays that are written at the end of the session."""
        if self._spool is None:
            import tempfile  # noqa: PLC0415 - only for updates

            self._spool, self._owns_spool = tempfile.mkdtemp(prefix="repro-appliance-"), True
        return self._spool

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Remember all tests before any of them is deselected."""
        self._items = list(items)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Give the report of a test what its checks found; xdist carries it to the first process."""
        outcome: Any = yield
        checks = self._running.pop(item.nodeid, None) if call.when == "call" else None
        if checks is not None:
            setattr(outcome.get_result(), _ATTRIBUTE, checks.to_report())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the checks of a test found."""
        if report.when == "call":
            self._reports[report.nodeid] = report.passed, getattr(report, _ATTRIBUTE, None)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - of xdist
        """Tell a worker of xdist how this session was started."""
        spool = self.get_spool() if self.update else None
        node.workerinput[_INPUT] = {"arguments": self.arguments, "places": self.places, "spool": spool}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - of xdist
        """Keep which tests a worker collected."""
        self._collected.update(getattr(node, "workeroutput", {}).get(_OUTPUT, {}))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write goldens or look for unused ones; either makes a green session red."""
        self._collect()
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = self._collected
        elif self.request is None and (self._collected or any(value for _, value in self._reports.values())):
            with own_modules():
                from verify.arrays.ending import end_session  # noqa: PLC0415 - loads NumPy

                ending = end_session(self.config, self._reports, self._collected, update=self.update)
            self._lines = ending.lines
            if ending.red and exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self._owns_spool and self._spool is not None:
            import shutil  # noqa: PLC0415 - only for updates

            shutil.rmtree(self._spool, ignore_errors=True)

    def _collect(self) -> None:
        """Keep the tests in files that have a golden."""
        known: dict[str, bool] = {}
        for item in self._items:
            file = str(item.path)
            if file not in known:
                folder, name = os.path.split(file)
                golden = os.path.join(folder, _FOLDER, os.path.splitext(name)[0] + ".json")  # noqa: PTH118, PTH122
                known[file] = os.path.isfile(golden)  # noqa: PTH113
            if known[file]:
                prefix, _, test = item.nodeid.partition("::")
                self._collected.setdefault(file, [prefix, []])[1].append(test)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401 - not public
        """Say what was written, what is unused, and which tolerances there are."""
        if self._lines:
            terminalreporter.section("array goldens")
            for line in self._lines:
                terminalreporter.write_line(line)


_KEY = pytest.StashKey[State]()


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
    state = config.stash[_KEY] = State(config, os.environ.pop(_VARIABLE, None))
    if state.update and os.environ.get("CI") and not hasattr(config, "workerinput"):
        raise pytest.UsageError(
            f"--golden-update: goldens are never written in continuous integration (CI={os.environ['CI']});"
            " record them on a developer's machine, review them, then commit them"
        )
    config.pluginmanager.register(state, "repro_appliance_array_goldens")


@pytest.fixture
def array_golden(request: pytest.FixtureRequest) -> ArrayGolden:
    """Compare arrays with those that were recorded: `array_golden.check(value)`; bits decide."""
    return request.config.stash[_KEY].begin(request.node)
