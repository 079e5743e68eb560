"""The command verify with run directories: what a user sees, types and gets as an exit code."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.run import LIMITS

if TYPE_CHECKING:
    from pathlib import Path

    from support.run_program import RunProgram

pytestmark = pytest.mark.process


def forge_accuracy(place: Path) -> None:
    """Write another accuracy into the record, and checksums that fit."""
    record = json.loads((place / "record.json").read_text())
    record["metrics"]["test_accuracy"] = 0.999
    (place / "record.json").write_text(json.dumps(record, sort_keys=True, indent=2) + "\n")
    sums = sum_files({name: (place / name).read_bytes() for name in LIMITS})
    (place / CHECKSUMS).write_text(format_checksums(sums))


def test_a_run_is_judged_sent_forged_and_made_again(run_program: RunProgram, tmp_path: Path) -> None:
    """A sound run is identical, also with --retrain; a forged one, or one with a further file, could not be judged."""
    assert run_program("train", "--config", "smoke", "--out", "run").code == 0
    sent = run_program("verify", "run", "--json")
    assert (sent.code, sent.body["verdict"]) == (0, "identical")
    assert {row["id"] for row in sent.body["checks"]} >= {"J001", "J002", "J003", "J004", "V009"}
    again = run_program("verify", "run", "--retrain", "--json")
    assert (again.code, again.body["verdict"]) == (0, "identical")
    assert {row["id"] for row in again.body["checks"]} >= {"C001", "R005", "R009"}
    shutil.copytree(tmp_path / "run", tmp_path / "forged")
    forge_accuracy(tmp_path / "forged")
    forged = run_program("verify", "forged")
    assert forged.code == 3
    assert "J003" in forged.out
    assert "test_accuracy" in forged.out
    (tmp_path / "run" / "extra").write_text("x")
    extra = run_program("verify", "run")
    assert extra.code == 3
    assert "extra" in extra.out


def test_the_configuration_of_a_run_trains_it_again(run_program: RunProgram, tmp_path: Path) -> None:
    """The printed line of config.toml works, gives the same results, and does not touch the first run."""
    first = run_program("train", "--config", "smoke", "--seed", "7", "--json").body
    again = run_program("train", "--config", f"{first['run_dir']}/config.toml", "--out", "again", "--json").body
    assert again["digests"] == first["digests"]
    diff = run_program("diff", first["run_dir"], "again")
    assert diff.code == 0
    refused = run_program("train", "--config", "smoke", "--out", "again")
    assert refused.code == 2
    assert "another configuration" in refused.err
    assert (tmp_path / "again" / "record.json").read_bytes() == (
        tmp_path / first["run_dir"] / "record.json"
    ).read_bytes()


def test_run_named_as_a_configuration_is_judged_as_printed(run_program: RunProgram, tmp_path: Path) -> None:
    """What train prints judges the run directory; the name alone is the configuration, and a note says so."""
    made = run_program("train", "smoke", "--seed", "3", "--out", "smoke")
    line = next(line for line in made.out.splitlines() if line.startswith("next: "))
    assert line == "next: repro-appliance verify ./smoke --retrain"
    shutil.copytree(tmp_path / "smoke", tmp_path / "kept")
    forge_accuracy(tmp_path / "smoke")
    judged = run_program("verify", "./smoke")
    assert judged.code == 3
    assert "J003" in judged.out
    named = run_program("verify", "smoke")
    assert named.code == 0
    assert "smoke is a configuration; the run directory is ./smoke" in named.err
    alone = run_program("verify", "./kept")
    assert alone.code == 3
    assert "verify ./kept --retrain" in alone.out
