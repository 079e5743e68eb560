"""The hooks of the pytest plugin: what one process of a session remembers, and what the end of a session needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from verify.arrays.checking import Checks

    Enter = Callable[[], AbstractContextManager[None]]

_FOLDER = "array_goldens"
_ATTRIBUTE = "repro_appliance_array_golden"
_INPUT, _OUTPUT = "repro_appliance_input", "repro_appliance_output"


def _locate(file: str) -> str:
    folder, name = os.path.split(file)
    return os.path.join(folder, _FOLDER, os.path.splitext(name)[0] + ".json")  # noqa: PTH118, PTH122 - no pathlib


class State:
    """What one process of a session remembers, and its hooks.

    Args:
        config: of the session.
        request: what another process asked this one for, in the words of `verify.arrays.rerun`.
        environment: all variables with which this process began.
        own_modules: returns the context in which modules of this project can be imported.
    """

    def __init__(
        self, config: pytest.Config, request: str | None, environment: dict[str, str], own_modules: Enter
    ) -> None:
        given = getattr(config, "workerinput", {}).get(_INPUT, {})
        self.config = config
        self.request = request
        self.update = request is None and bool(config.getoption("golden_update", default=False))
        self.arguments: list[str] = given.get("arguments") or [str(word) for word in config.invocation_params.args]
        self.places: list[str] = given.get("places") or [
            str(p) for p in getattr(config.option, "file_or_dir", None) or []
        ]
        self.environment = environment
        self.session: Any = None
        self._own_modules = own_modules
        self._spool: str | None = given.get("spool")
        self._owns_spool = False
        self._items: list[pytest.Item] = []
        self._modules: dict[str, str] = {}
        self._broken: set[str] = set()
        self._folders: set[str] = set()
        self._running: dict[str, Any] = {}
        self._reports: dict[str, tuple[bool, Any]] = {}
        self._collected: dict[str, Any] = {"files": {}, "folders": []}
        self._lines: list[str] = []

    def begin(self, node: Any) -> Checks:  # noqa: ANN401 - pytest gives fixtures no type for it
        """Return the checks of a test."""
        with self._own_modules():
            from verify.arrays.sessions import begin_test  # noqa: PLC0415 - loads NumPy

            checks = self._running[node.nodeid] = begin_test(self, node)
        return checks

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
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        """Remember test files without any test, those that could not be read as a whole, and directories."""
        outcome: Any = yield
        path = str(collector.path)
        if outcome.excinfo is not None or outcome.get_result().outcome != "passed":
            self._broken.add(path)
        elif type(collector) is pytest.Module:
            self._modules[path] = collector.nodeid
        self._folders.add(path if os.path.isdir(path) else os.path.dirname(path))  # noqa: PTH112, PTH120 - no pathlib

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
        output = getattr(node, "workeroutput", {}).get(_OUTPUT, {"files": {}, "folders": []})
        self._collected["files"].update(output["files"])
        self._folders.update(output["folders"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write goldens or look for unused ones; either makes a green session red."""
        self._collect()
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = self._collected
        elif self.request is None and (any(self._collected.values()) or any(v for _, v in self._reports.values())):
            with self._own_modules():
                from verify.arrays.ending import end_session  # noqa: PLC0415 - loads NumPy

                ending = end_session(self.config, self._reports, self._collected, update=self.update)
            self._lines = ending.lines
            if ending.red and exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self._owns_spool and self._spool is not None:
            import shutil  # noqa: PLC0415 - only for updates

            shutil.rmtree(self._spool, ignore_errors=True)

    def _collect(self) -> None:
        """Keep the tests in files that have a golden, and the directories that have goldens."""
        files: dict[str, Any] = self._collected["files"]
        goldens: dict[str, bool] = {}
        rows = [(str(item.path), *item.nodeid.split("::", 1)) for item in self._items]
        for file, prefix, *names in [*rows, *self._modules.items()]:
            if file not in goldens:
                goldens[file] = file not in self._broken and os.path.isfile(_locate(file))  # noqa: PTH113
            if goldens[file]:
                files.setdefault(file, [prefix, []])[1].extend(names)
        folders = [place for place in sorted(self._folders) if os.path.isdir(os.path.join(place, _FOLDER))]  # noqa: PTH112, PTH118
        self._collected["folders"] += [place for place in folders if place not in self._collected["folders"]]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401 - not public
        """Say what was written, what is unused, and which tolerances there are."""
        if self._lines:
            terminalreporter.section("array goldens")
            for line in self._lines:
                terminalreporter.write_line(line)
