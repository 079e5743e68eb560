"""The list of runs: read from records alone, damaged runs are rows, sorted by name, 80 columns."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.checkpoints.intervals import parse_interval
from appliance.checkpoints.lock import lock_training
from appliance.checkpoints.opening import Plan
from appliance.config import load_config
from appliance.runs.directory import name_run, write_run
from appliance.runs.listing import find_exit_code, list_runs
from appliance.runs.listing_text import render_list
from appliance.runs.train import Request, train_and_write
from appliance.training.execute import run_training
from verify.errors import UsageError
from verify.files.run_list import RUN_LIST, RunList, RunRow
from verify.rendering.lines import COLUMNS, fit_lines, measure

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.training.loop import Progress

MANY = 1000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a run with its usual name."""
    config = load_config("smoke")
    place = tmp_path_factory.mktemp("made") / name_run(config, "portable")
    write_run(run_training(config), place)
    return place


@pytest.fixture
def place(run: Path, tmp_path: Path) -> Path:
    """Return a directory with that run and two copies of it, of which one is damaged, and with what is no run."""
    for name in (run.name, "zebra", "damaged"):
        shutil.copytree(run, tmp_path / "runs" / name)
    (tmp_path / "runs" / "damaged" / "record.json").write_text("{")
    (tmp_path / "runs" / ".zebra-01234567.draft").mkdir()
    (tmp_path / "runs" / "notes").mkdir()
    (tmp_path / "runs" / "notes.txt").write_text("none")
    return tmp_path / "runs"


def find(place: Path, name: str) -> RunRow:
    """Return the row of this name."""
    (row,) = (row for row in list_runs(place).runs if row.name == name)
    return row


def test_rows_are_sorted_and_say_what_the_record_says(place: Path, run: Path) -> None:
    """Configuration, seed, profile, metric, digest, golden and date; only runs are listed."""
    found = list_runs(place)
    assert [row.name for row in found.runs] == ["damaged", run.name, "zebra"]
    record = json.loads((run / "record.json").read_text())
    row = find(place, "zebra")
    assert (row.config, row.seed, row.profile) == ("smoke", record["seed"], "portable")
    assert (row.metric, row.value) == ("test_accuracy", record["metrics"]["test_accuracy"])
    assert row.digest == record["digests"]["run"]
    assert row.golden == "identical"
    assert row.written == json.loads((run / "machine.json").read_text())["written"]
    assert row.problem is None


def test_damaged_run_is_a_row(place: Path) -> None:
    """What is wrong is said in its row, the others are listed, and the exit code is 3."""
    assert find(place, "damaged").problem == "a record is not JSON"
    assert find_exit_code(list_runs(place)) == 3
    shutil.rmtree(place / "damaged")
    assert find_exit_code(list_runs(place)) == 0


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("record.json", None, "record.json is missing"),
        ("record.json", "[]", "a record has another schema"),
        ("record.json", '{"schema": "repro-appliance/run/1"}', "a record is not valid"),
        ("machine.json", None, "machine.json: a description"),
        ("machine.json", "{}", "machine.json: a description"),
    ],
)
def test_every_damage_is_named(place: Path, name: str, content: str | None, problem: str) -> None:
    """A file that is missing, or has another form."""
    (place / "zebra" / name).unlink()
    if content is not None:
        (place / "zebra" / name).write_text(content)
    row = find(place, "zebra")
    assert row.problem is not None
    assert row.problem.startswith(problem)
    assert (row.digest is None) == (name == "record.json")


def test_a_pipe_or_a_directory_in_the_place_of_the_record_is_a_row(place: Path) -> None:
    """Nothing waits for a writer."""
    (place / "zebra" / "record.json").unlink()
    (place / "zebra" / "record.json").mkdir()
    assert find(place, "zebra").problem == "a record cannot be read: a directory"


def test_other_results_of_the_same_settings_differ_from_the_golden(place: Path) -> None:
    """The golden decides only where settings are equal and arithmetic is portable."""
    path = place / "zebra" / "record.json"
    record = json.loads(path.read_text())
    changed = {**record, "digests": {**record["digests"], "run": "sha256:" + "0" * 64}}
    for more, verdict in (
        ({}, "different"),
        ({"profile": "native"}, None),
        ({"config_digest": "sha256:" + "1" * 64}, None),
    ):
        path.write_text(json.dumps({**changed, **more}))
        assert find(place, "zebra").golden == verdict
    path.write_text(json.dumps({**changed, "config": "mine"}))
    assert find(place, "zebra").golden is None


def test_a_run_itself_is_the_only_row(run: Path) -> None:
    """The directory of a run may be given, too."""
    assert [row.name for row in list_runs(run).runs] == [run.name]


def test_missing_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual one need not exist; one that is named must."""
    monkeypatch.chdir(tmp_path)
    assert list_runs(None).runs == ()
    assert render_list(list_runs(None)) == "no run in runs"
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(UsageError, match="runs cannot be listed"):
            list_runs(path)


def test_text_fits(place: Path, run: Path) -> None:
    """One line a run; the name says the rest, or a line below; long names have a line of their own."""
    shutil.copytree(run, place / ("long-" + "x" * 70))
    (place / "zebra" / "machine.json").unlink()
    shown = render_list(list_runs(place))
    lines = fit_lines(shown).splitlines()
    assert [line for line in lines if measure(line) > COLUMNS] == []
    (row,) = (line for line in lines if line.startswith(run.name))
    made = find(place, run.name)
    assert made.value is not None
    assert made.digest is not None
    assert row.split()[1:5] == [f"{made.value * 100:.2f}", "%", made.digest[7:15], "equal"]
    assert lines[lines.index(row) + 1].startswith("zebra")
    assert "  smoke, seed 1, portable" in lines
    assert "  damaged: a record is not JSON" in lines
    assert made.digest in render_list(list_runs(place), full=True)


def test_other_metrics_are_named() -> None:
    """An accuracy is a percentage; what else is measured has its name."""
    row = RunRow(name="a", config="a", seed=1, profile="native", digest="sha256:" + "0" * 64)
    for metric, shown in (("test_mean_absolute_error", "error 0.2500"), ("test_loss", "loss 0.2500"), (None, "-")):
        told = attrs.evolve(row, metric=metric, value=None if metric is None else 0.25)
        assert f"  {shown}  " in render_list(RunList(directory="d", runs=(told,), interrupted=()))


def test_answer_is_read_back(place: Path) -> None:
    """The JSON form is what its schema describes."""
    found = list_runs(place)
    assert RUN_LIST.parse_text(RUN_LIST.format(found), "here") == found


def test_interrupted_trainings_are_listed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Epoch, step and the command that goes on; a damaged newest checkpoint is passed over."""
    monkeypatch.chdir(place)
    plan = Plan(interval=parse_interval("3"))

    def stop(_: object) -> AbstractContextManager[Progress]:
        return nullcontext(count_to(13))

    for name, overrides in (("usual", ()), ("other", ("training.epochs=3",))):
        request = Request(config="smoke", overrides=overrides, out=place / name, checkpoints=plan)
        with pytest.raises(KeyboardInterrupt):
            train_and_write(request, stop)
    other, usual = list_runs(place).interrupted
    assert (usual.name, usual.epoch, usual.step) == ("usual.checkpoints", 2, 4)
    assert usual.command == f"repro-appliance train smoke --out {place / 'usual'} --resume"
    assert other.command is None
    shown = render_list(list_runs(place))
    assert "  other.checkpoints\n    epoch 2, 4 steps done\n    to continue: the command that began it" in shown
    with lock_training(place / "usual.checkpoints"):
        assert [row.running for row in list_runs(place).interrupted] == [False, True]
        assert list_runs(place).interrupted[1].command is None
        shown = render_list(list_runs(place))
        assert "\n\ntrainings that run now:\n  usual.checkpoints\n    epoch 2, 4 steps done" in shown
    newest, before = sorted((place / "usual.checkpoints").glob("*.safetensors"), reverse=True)
    newest.write_bytes(b"x" * 100)
    assert list_runs(place).interrupted[1].step == 1
    before.write_bytes(b"")
    assert list_runs(place).interrupted[1].problem == "a checkpoint is damaged"
    assert find_exit_code(list_runs(place)) == 3


def test_only_folders_of_checkpoints_are_interrupted_trainings(run: Path, tmp_path: Path) -> None:
    """A file with such a name is left out; a run that has it, from an earlier version, is a run."""
    (tmp_path / "file.checkpoints").write_text("mine")
    shutil.copytree(run, tmp_path / "old.checkpoints")
    found = list_runs(tmp_path)
    assert [row.name for row in found.runs] == ["old.checkpoints"]
    assert (found.interrupted, find_exit_code(found)) == ((), 0)


def count_to(most: int) -> Progress:
    """Return a progress that interrupts the training after so many steps."""
    steps = count(1)

    def see(_epoch: int, _samples: int, _all: int) -> None:
        if next(steps) == most:
            raise KeyboardInterrupt

    return see


def test_hostile_names_are_harmless(place: Path, run: Path) -> None:
    """A name may hold anything that a file system takes."""
    shutil.copytree(run, place / "a\x1b[31m\nrow")
    shown = render_list(list_runs(place))
    assert "\x1b" not in shown
    assert "a?[31m row" in shown


@pytest.mark.slow
def test_a_thousand_runs_take_a_second(run: Path, tmp_path: Path) -> None:
    """Of processor time, so that a busy machine does not decide; `make torture` measures the whole command."""
    for number in range(MANY):
        folder = tmp_path / f"run-{number}"
        folder.mkdir()
        for name in ("record.json", "machine.json"):
            shutil.copyfile(run / name, folder / name)
    begun = time.process_time()
    assert len(list_runs(tmp_path).runs) == MANY
    assert time.process_time() - begun < 4
