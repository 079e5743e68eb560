"""Settings that libraries ignore without a message: a name without effect stops the run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from appliance.launch import pinning
from appliance.launch.settings import DISABLED, ENABLED, KERNEL, list_settings, load_numpy, require_threads
from verify.errors import CouldNotJudgeError
from verify.host.threads import Pool

if TYPE_CHECKING:
    from support.run_program import RunProgram

FEATURES = {"BASE": True, "LEFT": False, "RIGHT": True}


def test_names_are_separated_as_numpy_does() -> None:
    """Spaces and commas separate names; empty variables are no settings."""
    assert list_settings({DISABLED: " A,B\tC ", ENABLED: " ", KERNEL: "Haswell", "OTHER": "x"}) == {
        DISABLED: ("A", "B", "C"),
        KERNEL: ("Haswell",),
    }


@pytest.mark.parametrize(
    ("settings", "library", "holds"),
    [
        ({KERNEL: ("haswell",)}, "openblas", True),
        ({KERNEL: ("NoSuch",)}, "openblas", False),
        ({KERNEL: ("Zen",)}, "openblas", False),
        ({KERNEL: ("Haswell",)}, "mkl", False),
        ({DISABLED: ("LEFT",)}, "openblas", True),
        ({DISABLED: ("LEFT", "BOGUS")}, "openblas", False),
        ({DISABLED: ("RIGHT",)}, "openblas", False),
        ({DISABLED: ("left",)}, "openblas", False),
        ({ENABLED: ("RIGHT",)}, "openblas", True),
        ({ENABLED: ("BOGUS",)}, "openblas", False),
        ({}, "mkl", True),
    ],
)
def test_effects_are_read_back(
    settings: dict[str, tuple[str, ...]], library: str, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel must be the one that runs; a feature must be known, and off or on as asked."""
    pool = Pool(library=library, version="0.3", architecture="Haswell", threads=1)
    monkeypatch.setattr(pinning, "read_pools", lambda: (pool,))
    monkeypatch.setattr(pinning, "read_features", lambda: (list(FEATURES), FEATURES))
    if holds:
        pinning.confirm_settings(settings)
        return
    with pytest.raises(CouldNotJudgeError, match="no effect") as caught:
        pinning.confirm_settings(settings)
    assert f"env -u {next(iter(settings))}" in str(caught.value.remedy)


def test_numpy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy raises for a baseline feature that is switched off: the variable is named."""

    def refuse(_: str) -> None:
        raise RuntimeError("You cannot disable CPU feature 'BASE'")

    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(CouldNotJudgeError, match="NumPy cannot be loaded") as caught:
        load_numpy({DISABLED: ("BASE",)})
    assert caught.value.where == DISABLED


def test_threads_that_cannot_be_started_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system starts no more threads, OpenBLAS would interrupt the program; this says why first."""
    require_threads(1)
    require_threads(3)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    require_threads(1)
    with pytest.raises(CouldNotJudgeError, match="no more threads") as caught:
        require_threads(2)
    assert "pids-limit" in str(caught.value.remedy)


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "profile"),
    [
        ({KERNEL: "NoSuch"}, "portable"),
        ({KERNEL: "NoSuch"}, "native"),
        ({DISABLED: "BOGUS"}, "native"),
        ({ENABLED: "BOGUS"}, "portable"),
    ],
)
def test_misspelt_setting_stops_the_run(variables: dict[str, str], profile: str, run_program: RunProgram) -> None:
    """The program ends with 3 and names the variable, in every profile that does not set it itself."""
    prefix = ["env", *(f"{name}={value}" for name, value in variables.items())]
    done = run_program("train", "--config", "smoke", "--profile", profile, prefix=prefix)
    assert done.code == 3
    assert next(iter(variables)) in done.err
    assert "Traceback" not in done.err


@pytest.mark.process
@pytest.mark.slow
def test_setting_that_numpy_refuses_is_no_internal_error(run_program: RunProgram) -> None:
    """Commands that train nothing load NumPy, too, and NumPy refuses both variables at once."""
    done = run_program("golden", "check", NPY_DISABLE_CPU_FEATURES="BOGUS", NPY_ENABLE_CPU_FEATURES="BOGUS")
    assert done.code == 3
    assert "NumPy cannot be loaded" in done.err
    assert "internal error" not in done.err
