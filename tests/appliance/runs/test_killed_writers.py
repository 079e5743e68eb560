"""A kill while the run directory is written, after the last step of a training: nothing is lost, `resume` ends it."""

from __future__ import annotations

import os
import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from appliance.checkpoints.intervals import Interval
from appliance.checkpoints.opening import Plan
from appliance.runs import train as program
from appliance.runs.traced import parse_plan
from appliance.runs.train import Request, train_and_write
from support.stepped_faults import Faults, is_killed
from verify.files.run import RESULTS, load_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.checkpoints.session import Session
    from appliance.training.record import Record

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="steps are counted in the functions of POSIX"),
]

GOLDEN = "sha256:6743c6f2"
MODULES = ("appliance.runs", "appliance.checkpoints")
FILES = (*RESULTS, "trace/events.jsonl")
TRIALS = 6


class Scene:
    """A training of which only the writing of the run directory is left.

    Args:
        folder: where the run is written.
        monkeypatch: disturbs the writing.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch, self.write = folder, monkeypatch, program._write
        self._kept = folder.with_name("kept")

    @property
    def run(self) -> Path:
        """The run directory."""
        return self.folder / "run"

    def train(self) -> str:
        """Train, or go on; return the digest of the run."""
        request = Request(
            config="smoke",
            out=self.run,
            trace=parse_plan("epoch"),
            checkpoints=Plan(interval=Interval(steps=1), resume=True),
        )
        return train_and_write(request, lambda _: nullcontext()).digests.run

    def kill(self, step: int, write: Callable[..., object] | None = None) -> bool:
        """Go on in a process of its own, and kill it at a step of the writing; return whether there was such a step."""
        faults = Faults("kill", step, MODULES)
        self._patch.setattr(program, "_write", lambda *given: faults.call(lambda: (write or self.write)(*given)))
        killed = is_killed(self.train)
        self._patch.setattr(program, "_write", self.write)
        return killed

    def keep(self) -> None:
        """Train to the end of the last step."""
        self.folder.mkdir()
        assert self.kill(1)
        shutil.copytree(self.folder, self._kept)

    def reset(self) -> None:
        """Go back to the end of the last step."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)

    def count(self) -> int:
        """Return how many steps the writing has."""
        high = 1
        while self.try_step(high):
            high *= 2
        return self.find_last(self.try_step, high)

    def find_last(self, is_before: Callable[[int], bool], end: int) -> int:
        """Return the last step, before `end`, that is before an event."""
        low = 0
        while end - low > 1:
            middle = (low + end) // 2
            low, end = (middle, end) if is_before(middle) else (low, middle)
        return low

    def leaves_no_run(self, step: int) -> bool:
        """Return whether no run is in its place after a kill at a step."""
        return self.try_step(step) and not self.run.exists()

    def try_step(self, step: int, write: Callable[..., object] | None = None) -> bool:
        """Kill the writing at a step; return whether there was such a step."""
        self.reset()
        return self.kill(step, write)

    def has_lost(self) -> bool:
        """Return whether there is neither a run nor a checkpoint of it."""
        return not self.run.exists() and not list(self.folder.glob("run.checkpoints/checkpoint-*.safetensors"))


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a training that stands at the end of its last step; the disk is not waited for."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    found = Scene(tmp_path / "here", monkeypatch)
    found.keep()
    return found


def test_no_step_of_the_writing_loses_a_training(scene: Scene, tmp_path: Path) -> None:
    """After a kill at any step the same command ends with the golden, the trace included; nothing is left beside it."""
    whole = Scene(tmp_path / "whole", pytest.MonkeyPatch())
    assert whole.train().startswith(GOLDEN)
    total = scene.count()
    last = scene.find_last(scene.leaves_no_run, total)
    stride = 1 if "TORTURE" in os.environ else max(1, total // TRIALS)
    trials = {*range(1, total + 1, stride), last, last + 1, total}
    for step in sorted(trials):
        assert scene.try_step(step), step
        assert not scene.has_lost(), step
        assert scene.run.exists() == (step > last), step
        if scene.run.exists():
            load_run(scene.run)
        assert scene.train().startswith(GOLDEN), step
        assert all((scene.run / name).read_bytes() == (whole.run / name).read_bytes() for name in FILES), step
        assert [path.name for path in scene.folder.iterdir()] == ["run"], step
    assert 100 < last < total


def test_checkpoints_that_are_removed_first_are_noticed(scene: Scene) -> None:
    """Negative control: where the checkpoints go before the run is in its place, some step loses the training."""

    def remove_first(record: Record, place: Path, _trace: Path, session: Session) -> object:
        session.finish()
        return scene.write(record, place, None, session)

    assert any(scene.try_step(step, remove_first) and scene.has_lost() for step in range(20, 400, 20))
