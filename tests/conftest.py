"""What every test run shares: the versions in the header, repeatable property tests, the source tree."""

from __future__ import annotations

import platform
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest
import threadpoolctl

import appliance
from appliance.cli.app import run
from appliance.verification import recording, retraining
from laws import layers
from support.fake_training import FakeTraining

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest_plugins = [
    "support.data_fixtures",
    "support.golden_project",
    "support.pace",
    "support.quiet_products",
    "support.reported",
    "support.run_program",
    "support.smoke_run",
    "support.stored_sets",
]

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


def pytest_report_header() -> list[str]:
    """Print the versions that decide which bits native arithmetic gives, and which copy is under test."""
    libraries = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    names = [
        f"{pool['internal_api']} {pool['version']}, kernel {pool.get('architecture', 'unknown')},"
        f" {pool['num_threads']} threads"
        for pool in libraries
    ]
    return [
        f"python: {platform.python_implementation()} {platform.python_version()}, {platform.machine()}",
        f"numpy: {np.__version__}, {'; '.join(names) or 'BLAS unknown to threadpoolctl'}",
        f"appliance: {appliance.__version__}, from {Path(appliance.__file__).parent}",
    ]


@pytest.fixture(scope="session", autouse=True)
def _listen_to_interrupts() -> None:
    """Let signals reach children also where the tests run in the background or under nohup, which ignore them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def packages_root() -> Path:
    """Return the directory of the packages under test, in the source tree or in site-packages."""
    return Path(appliance.__file__).parent.parent


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the root of the source tree; for tests marked `checkout`."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def modules(packages_root: Path) -> dict[str, str]:
    """Return the source text of every module of both packages by its full name."""
    texts = {}
    for package in layers.PACKAGES:
        for path in sorted((packages_root / package).rglob("*.py")):
            name = ".".join(path.relative_to(packages_root).with_suffix("").parts).removesuffix(".__init__")
            texts[name] = path.read_text(encoding="utf-8")
    return texts


@pytest.fixture(scope="session", autouse=True)
def _outside_ci() -> Iterator[None]:
    """Unset CI, in which goldens may not be written, before any other fixture; the tests that are about CI set it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        yield


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    """Replace training in every verification; return the replacement."""
    fake = FakeTraining()
    for module in (recording, retraining):
        monkeypatch.setattr(module, "run_training", fake)
    return fake


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return a function that runs one command line in this process; its environment counts as prepared."""
    monkeypatch.setattr("appliance.launch.restart.ensure_environment", lambda *_: None)
    return lambda *arguments: run([str(argument) for argument in arguments])
