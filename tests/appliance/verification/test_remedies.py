"""Commands that the program prints for what comes next: each of them works as printed."""

from __future__ import annotations

import shlex
from pathlib import Path

import attrs
import pytest

from appliance import train, verify
from appliance.config.loading import find_config_directory
from appliance.runs.directory import write_run
from appliance.verification.outcome import describe_run
from appliance.verification.recording import Recording, record_golden
from appliance.verification.retraining import Retraining
from appliance.verification.run_directories import split_names
from appliance.verification.subjects import find_subject
from support.edits import swap
from verify.errors import UsageError
from verify.files.goldens import DIRECTORY
from verify.judging.runs import judge_run


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a configuration of a user."""
    path = tmp_path / "mine.toml"
    path.write_text(swap((find_config_directory() / "smoke.toml").read_text(), '"smoke"', '"mine"'))
    return path


def train_into(config: str, place: Path) -> str:
    """Train into a run directory and return what is printed."""
    record = train(config)
    write_run(record, place)
    return describe_run(attrs.evolve(record.to_file(), run_dir=str(place)), config)


def follow(printed: str) -> str:
    """Do what the last line says; return the verdict."""
    words = shlex.split(printed.splitlines()[-1].removeprefix("next: "))
    assert words[:2] == ["repro-appliance", "verify"]
    goldens = Path(words[words.index("--goldens") + 1]) if "--goldens" in words else None
    return verify(words[2], Retraining(golden_dir=goldens), retrain="--retrain" in words).verdict


def test_next_command_succeeds_without_golden_and_with_one(own: Path, tmp_path: Path) -> None:
    """Train again where there is no golden; name the folder of a user's golden; a shipped one is found alone."""
    printed = train_into(str(own), tmp_path / "a")
    assert printed.endswith("--retrain")
    assert follow(printed) == "identical"
    record_golden(str(own), Recording())
    printed = train_into(str(own), tmp_path / "b")
    assert printed.endswith(f"--goldens {own.parent / 'goldens'}")
    assert follow(printed) == "identical"
    printed = train_into("smoke", tmp_path / "c")
    assert printed.endswith(f"verify {tmp_path / 'c'}")
    assert follow(printed) == "identical"


def test_golden_of_a_run_is_never_inside_it(own: Path, tmp_path: Path) -> None:
    """The settings of a run have the golden that ships, or one beside the run; the run stays as it was written."""
    train_into("smoke", tmp_path / "shipped")
    found = find_subject(str(tmp_path / "shipped/config.toml"))
    assert (found.golden.parent, found.own) == (DIRECTORY, False)
    train_into(str(own), tmp_path / "run")
    record_golden(str(tmp_path / "run/config.toml"), Recording())
    assert (tmp_path / "goldens/mine.json").exists()
    assert judge_run(tmp_path / "run", tmp_path / "goldens").verdict == "identical"


def test_remedy_names_the_directory(own: Path, tmp_path: Path) -> None:
    """A run without golden: the command to train it again has its path, also one with a space."""
    train_into(str(own), tmp_path / "a run")
    doubt = next(result for result in judge_run(tmp_path / "a run").results if result.id == "J004")
    assert shlex.join(["verify", str(tmp_path / "a run"), "--retrain"]) in str(doubt.remedy)


def test_path_that_does_not_exist_is_not_called_a_configuration() -> None:
    """What looks like a path is a run directory that is missing; a name is a configuration."""
    with pytest.raises(UsageError, match="no such run directory"):
        split_names(["runs/missing"])
    assert split_names(["missing"]) == (["missing"], [])
