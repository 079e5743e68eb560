"""A run with a trace: written whole, checked with everything else, equal in equal runs."""

from __future__ import annotations

import hashlib
import json
import subprocess
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from appliance.checkpoints.lock import lock_training
from appliance.runs.directory import write_run
from appliance.runs.traced import TracePlan, parse_plan
from appliance.runs.train import Request, train_and_write
from appliance.training import execute
from appliance.training.execute import run_training
from verify.errors import CouldNotJudgeError, NonFiniteError, UsageError
from verify.files.checksums import CHECKSUMS, format_checksums
from verify.files.run import load_run, sum_trace
from verify.judging.contradictions import list_contradictions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

PARTS = {"trace/header.json", "trace/events.jsonl"}


def show(_: object) -> AbstractContextManager[None]:
    """Show no progress."""
    return nullcontext()


def write(place: Path, level: str | None = "step", **named: Any) -> Path:  # noqa: ANN401 - settings of a request
    """Train and write a run directory."""
    train_and_write(Request(config="smoke", out=place, trace=parse_plan(level), **named), show)
    return place


def test_a_traced_run_is_whole(tmp_path: Path) -> None:
    """The trace is part of the checksums; the run reads back without contradictions; nothing is left beside it."""
    run = write(tmp_path / "run")
    assert set(load_run(run).checksums) > PARTS
    assert list_contradictions(load_run(run)) == []
    assert subprocess.run(["sha256sum", "--quiet", "-c", CHECKSUMS], cwd=run, check=False).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_equal_runs_have_equal_events_and_results(tmp_path: Path) -> None:
    """Files of results are those of a run without a trace, and events those of another run with one."""
    a, b, plain = write(tmp_path / "a"), write(tmp_path / "b", threads=2), write(tmp_path / "c", None)
    for name in ("record.json", "history.jsonl", "weights.safetensors", "predictions.safetensors", "config.toml"):
        assert (a / name).read_bytes() == (b / name).read_bytes() == (plain / name).read_bytes()
    assert (a / "trace" / "events.jsonl").read_bytes() == (b / "trace" / "events.jsonl").read_bytes()


def test_runs_with_and_without_a_trace_replace_each_other(tmp_path: Path) -> None:
    """A traced run may be replaced as any other; nothing of its trace stays."""
    run = write(tmp_path / "run", "epoch")
    write(run, "step")
    assert load_run(run).trace is not None
    write_run(run_training("smoke"), run)
    assert load_run(run).trace is None
    (write(run, "epoch") / "trace" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not a run"):
        write(run)
    assert (run / "trace" / "mine.txt").is_file()


@pytest.mark.parametrize("level", [None, "epoch"])
def test_what_a_killed_writer_left_of_a_trace_is_removed(tmp_path: Path, level: str | None) -> None:
    """The next training of the run removes it, under its lock; foreign files and traces of other runs stay."""
    kept = (".run-aaaaaaaa.trace/thesis.tex", ".other-bbbbbbbb.trace/events.jsonl", ".run-mine.trace/events.jsonl")
    for name in (*kept, ".run-cccccccc.trace/events.jsonl", ".run-cccccccc.trace/header.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / ".run-dddddddd.trace").mkdir()
    with lock_training(tmp_path / "run.checkpoints"), pytest.raises(UsageError, match="another process trains"):
        write(tmp_path / "run", level)
    assert (tmp_path / ".run-cccccccc.trace" / "events.jsonl").is_file()
    write(tmp_path / "run", level)
    assert {path.name for path in tmp_path.iterdir()} == {"run", *(name.split("/")[0] for name in kept)}
    assert all((tmp_path / name).is_file() for name in kept)


def test_a_failed_training_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left where a training ends with an error."""

    def fail(*_: Any) -> Any:  # noqa: ANN401 - never a data set
        raise NonFiniteError("planted")

    monkeypatch.setattr(execute, "load_dataset", fail)
    with pytest.raises(NonFiniteError):
        write(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["events", "chain", "weights"])
def test_a_changed_trace_contradicts_its_run(tmp_path: Path, damage: str) -> None:
    """Whoever changes events has to change the chain, and then the weights contradict it."""
    run = write(tmp_path / "run", "epoch")
    events, header = run / "trace" / "events.jsonl", run / "trace" / "header.json"
    lines = events.read_bytes().splitlines(keepends=True)
    place = next(n for n, line in reversed(list(enumerate(lines))) if b'"stage":"weights"' in line)
    value = json.loads(lines[place])
    value["outputs"][0]["fingerprint"] = "0123456789abcdef"
    lines[place] = json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    events.write_bytes(b"".join(lines))
    if damage != "events":
        stated = json.loads(header.read_text())
        stated["chain"] = "sha256:" + hashlib.sha256(b"".join(lines)).hexdigest()
        if damage == "weights":
            stated["heads"][-1]["head"] = stated["chain"]
        header.write_text(json.dumps(stated, sort_keys=True, indent=2) + "\n")
    sums = {**load_run(run).checksums, **sum_trace(run, traced=True)}
    (run / CHECKSUMS).write_text(format_checksums(sums))
    found = [row.subject for row in list_contradictions(load_run(run))]
    expected = {"events": "the events of the trace", "chain": "heads of the trace", "weights": "final dense_1.weight"}
    assert found[0].startswith(expected[damage])


def test_unknown_files_in_a_trace_are_refused(tmp_path: Path) -> None:
    """A trace of a run has its two files, and nothing else; operands belong to replays."""
    run = write(tmp_path / "run", "epoch")
    (run / "trace" / "tensors").mkdir()
    with pytest.raises(CouldNotJudgeError, match="not a run"):
        load_run(run)
    assert load_run(run, operands=True).trace is not None


def test_levels_are_named() -> None:
    """There are two levels; none is no plan."""
    assert parse_plan(None) is None
    assert parse_plan("epoch") == TracePlan(level="epoch")
    with pytest.raises(UsageError, match="level"):
        parse_plan("calls")
