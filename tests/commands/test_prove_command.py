"""`prove` on the command line: one stop point of smoke, and workers where there is no engine."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from appliance import load_config
from support.printed_answers import check_answer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.slow]


def prove(*words: object, expected: int) -> dict[str, Any]:
    """Return the JSON object of a command that ends with this exit code."""
    command = [sys.executable, "-m", "appliance", "prove", *map(str, words), "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == expected, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    check_answer(found)
    return found


def test_smoke_resumes_to_the_same_bits(tmp_path: Path) -> None:
    """The first and the last stop point give the bits of the undisturbed run; what is not there is told."""
    found = prove("resume", "--stops", 2, "--members", tmp_path / "none.toml", expected=0)
    assert (found["schema"], found["verdict"]) == ("repro-appliance/prove/1", "identical")
    assert found["config_digest"] == load_config("smoke").digest()
    assert [trial["status"] for trial in found["trials"] if trial["world"] == "as here"] == ["identical"] * 2
    assert "another instruction set" in {one["name"] for one in found["not_tried"]}
    assert found["closure"]["findings"] == []
    assert found["closure"]["unstable"] == []


@pytest.mark.skipif(importlib.util.find_spec("mpi4py") is not None, reason="needs an interpreter without mpi4py")
def test_workers_without_an_engine_cannot_be_judged() -> None:
    """Without mpi4py the answer is 3, with what to install."""
    found = prove("workers", expected=3)
    assert found["verdict"] == "could-not-judge"
    assert found["config_digest"] == load_config("smoke").digest()
    assert "pip install" in found["remedy"]


def test_numbers_that_are_none_are_refused() -> None:
    """Stop points and workers are numbers."""
    for words in (("resume", "--stops", "x"), ("workers", "--workers", "0")):
        assert prove(*words, expected=2)["exit_code"] == 2
