"""The command line that runs one test of this pytest session again, with the same options and plugins."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from verify.arrays.rerun import FOLDER, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

# They speak to the session that runs now, or would write where it writes.
_DROPPED = ("COV_CORE_", "COVERAGE_PROCESS_", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_")
_OVERRIDES = (
    ("cacheprovider", ("-o", f"cache_dir={FOLDER}/cache")),
    ("junitxml", (f"--junitxml={FOLDER}/junit.xml",)),
    ("xdist", ("-n", "0")),
    ("_cov", ("--no-cov",)),
)


def select_arguments(words: Iterable[str], places: Iterable[str]) -> list[str]:
    """Return the arguments of a session without the tests that it was asked to run."""
    left, rows = list(places), []
    for word in words:
        if word in left:
            left.remove(word)
        elif word != "--":
            rows.append(word)
    return rows


def plan_rerun(
    config: pytest.Config, *, arguments: list[str], environment: Mapping[str, str], test: str, seconds: float
) -> Plan:
    """Return how one test is run again.

    Args:
        config: of this session.
        arguments: what `select_arguments` returned, in the process that the user started.
        environment: the variables with which this process began.
        test: the test file, then the names of the test, as in `test_x.py::test_y`.
        seconds: wall time of one run.
    """
    overrides = [word for name, words in _OVERRIDES if config.pluginmanager.hasplugin(name) for word in words]
    ini = ["-c", str(config.inipath)] if config.inipath is not None else []
    words = [*arguments, f"--rootdir={config.rootpath}", *ini, *overrides, f"--basetemp={FOLDER}/temporary", test]
    # `pytest` alone puts its own folder first on the import path, `python -m pytest` the working directory.
    here = {"", str(Path.cwd()), str(config.invocation_params.dir)}
    safe = [] if here & set(sys.path) else ["-P"]
    return Plan(
        arguments=(sys.executable, *safe, "-m", "pytest", *words),
        environment={name: value for name, value in environment.items() if not name.startswith(_DROPPED)},
        directory=Path(config.invocation_params.dir),
        seconds=seconds,
    )
