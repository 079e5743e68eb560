"""Runs that differ are trained again, and the first difference has step, stage, element and distance."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.replay.answer import choose_traces
from appliance.replay.pair import find_first_epoch, replay_pair
from appliance.replay.training import Plan, replay
from verify.files.run import load_run
from verify.files.trace import EventId

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.vary.axis import Launch
    from support.run_program import RunProgram

pytestmark = [pytest.mark.process, pytest.mark.slow]
NATIVE = ("train", "smoke", "--profile", "native")


def train(run_program: RunProgram, place: Path, *words: str) -> Path:
    """Train in a process of its own; return the run directory."""
    done = run_program(*words, "--out", str(place))
    assert done.code == 0, done.err
    return place


@pytest.fixture
def kernels(run_program: RunProgram, tmp_path: Path) -> tuple[Path, Path]:
    """Return the same native run with two kernels of OpenBLAS, which must differ."""
    if platform.machine() != "x86_64":
        pytest.skip("the kernels of this test are those of x86-64")
    runs = []
    for name in ("Nehalem", "Haswell"):
        done = run_program(*NATIVE, "--out", str(tmp_path / name), OPENBLAS_CORETYPE=name)
        if done.code == 3:
            pytest.skip("this BLAS has no such kernel")
        runs.append(tmp_path / name)
    if load_run(runs[0]).record.digests.run == load_run(runs[1]).record.digests.run:
        pytest.skip("both kernels give the same bits here")
    return runs[0], runs[1]


def test_two_kernels_differ_first_in_a_product(run_program: RunProgram, kernels: tuple[Path, Path]) -> None:
    """The answer names epoch, step, stage, tensor and element, with both values and their distance."""
    done = run_program("diff", *map(str, kernels), "--json")
    assert done.code == 1
    assert "trained again" in done.err
    first = done.body["first"]
    assert (first["epoch"], first["step"], first["stage"]) == (1, 1, "dense_1.output")
    assert len(first["index"]) == 2
    assert first["ulp"] >= 1
    assert done.body["histogram"]
    assert not any("does not give its own digests" in note for note in done.body["notes"])


def test_without_a_replay_only_files_are_compared(run_program: RunProgram, kernels: tuple[Path, Path]) -> None:
    """Then nothing is trained, and the first difference is that of an epoch."""
    done = run_program("diff", *map(str, kernels), "--json", "--no-replay")
    assert done.code == 1
    assert done.err == ""
    assert "step" not in done.body["first"] or done.body["first"]["step"] is None


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (("--seed", "2"), "dataset"),
        (("--set", "optimizer.learning_rate=0.10000000894069672"), "rate"),
    ],
)
def test_planted_settings_are_found(run_program: RunProgram, tmp_path: Path, change: tuple[str, ...], at: str) -> None:
    """Another seed shows in the data, another rate in the rate; `diff` names the setting, and trains nothing."""
    a = train(run_program, tmp_path / "a", *NATIVE)
    b = train(run_program, tmp_path / "b", *NATIVE, *change)
    done = run_program("diff", str(a), str(b))
    assert done.out.startswith("The runs differ first in the settings")
    assert done.err == ""
    pair = replay_pair(load_run(a), load_run(b), tmp_path, tell=lambda _: None)
    assert pair.repeated
    assert pair.traces is not None
    assert pair.traces.origin is not None
    assert pair.traces.origin.a.stage == at


def test_a_replay_repeats_its_run_and_keeps_operands(run_program: RunProgram, tmp_path: Path) -> None:
    """The digests are those of the run; only epochs from the asked one on have steps; operands are there."""
    run = load_run(train(run_program, tmp_path / "run", *NATIVE, "--micro-batches", "2", "--trace", "epoch"))
    wanted = EventId(2, 3, "dense_2.output", 1)
    found = replay(run, Plan(scratch=tmp_path, first_epoch=2, captures=(wanted,)))
    assert found.repeated
    assert {line.id.epoch for line in found.trace.read_events() if line.id.step is not None} == {2}
    assert len(list((found.trace.path / "tensors").iterdir())) == 1


def test_a_run_that_is_not_repeated_is_said_so(run_program: RunProgram, tmp_path: Path) -> None:
    """Without a trace nothing tells in how many parts batches came, so that the run departs from its digests."""
    a = load_run(train(run_program, tmp_path / "a", *NATIVE))
    other = load_run(train(run_program, tmp_path / "b", *NATIVE, "--micro-batches", "2"))
    assert find_first_epoch(a, other) == 1
    told: list[str] = []
    pair = replay_pair(a, other, tmp_path, tell=told.append)
    assert not pair.repeated
    assert any("from epoch 1 on" in note for note in pair.notes)
    assert any("the difference is not repeated" in note for note in pair.notes)
    chosen = choose_traces(None, pair)
    assert chosen is not None
    assert chosen.verdict == "identical"


def test_a_changed_world_is_applied(kernels: tuple[Path, Path], tmp_path: Path) -> None:
    """A change of the launch, such as the value of an axis, decides over the recorded kernel."""

    def change(launch: Launch) -> Launch:
        return attrs.evolve(launch, environment={**launch.environment, "OPENBLAS_CORETYPE": "Haswell"})

    nehalem, haswell = map(load_run, kernels)
    found = replay(nehalem, Plan(scratch=tmp_path, change=change))
    assert not found.repeated
    assert found.run.record.digests == haswell.record.digests
