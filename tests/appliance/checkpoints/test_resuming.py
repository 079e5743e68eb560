"""A training that is stopped after any step and taken up by another one ends with the bits of the undisturbed one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance import Dataset, fit, nn
from appliance import train as train_named
from appliance.checkpoints.finding import identify
from appliance.config import ModelConfig
from appliance.config.kinds import require_layers
from appliance.config.optimizers import OPTIMIZERS
from appliance.config.schema import DataConfig
from appliance.library.callbacks import Callback, CallbackWatcher
from appliance.training.execute import run_training
from support.checkpointed import STEPS, KilledError, Notes, list_files, make_short, train
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import Config
    from appliance.training.record import Record


def read(record: Record) -> tuple[Any, ...]:
    """Return what speaks of the results of a run."""
    return record.digests, record.epochs, record.samples, record.metrics


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_every_stop_point_gives_the_same_bits(optimizer: str, tmp_path: Path) -> None:
    """For every optimizer: stopped in the middle and at the end of an epoch, with a checkpoint after each step."""
    config = make_short(optimizer)
    expected = read(run_training(config))
    for steps in (2, 5, 6, 9):
        with pytest.raises(KilledError):
            train(config, tmp_path / "c", steps=steps)
        notes = Notes()
        assert read(train(config, tmp_path / "c", notes.plan())) == expected
        assert len(notes) == 1
        assert notes[0].startswith("note: resumed after epoch ")
        assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("settings", [{"weight_decay": 0.01}, {"clip_norm": 0.5}, {"warmup_steps": 7}])
def test_further_rules_of_a_step(settings: dict[str, Any], tmp_path: Path) -> None:
    """Decay, clipping and a rising rate go on where they were, in float64 too."""
    config = make_short("adam", "f64", **settings)
    with pytest.raises(KilledError):
        train(config, tmp_path / "c", steps=6)
    assert read(train(config, tmp_path / "c")) == read(run_training(config))


def test_many_interruptions_of_one_training(tmp_path: Path) -> None:
    """Each process makes two steps and keeps one; the time is that of all parts."""
    config, parts = make_short("adam"), 0
    while True:
        parts += 1
        try:
            record = train(config, tmp_path / "c", steps=2)
            break
        except KilledError:
            continue
    assert read(record) == read(run_training(config))
    assert parts >= STEPS // 2
    assert record.timing["parts"] == parts


def test_the_parts_of_a_batch_may_change(tmp_path: Path) -> None:
    """A training that is taken up with smaller parts of a batch has the same bits."""
    config = make_short("momentum")
    with pytest.raises(KilledError):
        train(config, tmp_path / "c", steps=4)
    assert read(train(config, tmp_path / "c", micro_batches=3)) == read(run_training(config))


class Noisy(Callback):
    """Draws from every global generator at every step, keeps a sum, and ends the training in the second epoch."""

    def __init__(self) -> None:
        np.random.random(3)
        random.random()  # noqa: S311 - as above
        self.drawn: list[float] = []
        self.best = float("inf")
        self.total = np.zeros(2, dtype=np.float32)

    def on_step(self, step: Any) -> None:  # noqa: ANN401 - as users write it
        """Draw."""
        self.drawn.append(random.gauss(0, 1) + float(np.random.standard_normal()))
        self.best = min(self.best, step.loss)
        self.total += 1
        if step.epoch == 2 and step.number == 1:
            step.stop()

    def capture(self) -> dict[str, Any]:
        """Return what is carried."""
        return {"drawn": self.drawn, "best": self.best, "total": self.total, "kind": ("a", 1, None, True)}

    def restore(self, state: Any) -> None:  # noqa: ANN401 - as users write it
        """Take it over."""
        assert state["kind"] == ("a", 1, None, True)
        self.drawn, self.best, self.total = state["drawn"], state["best"], state["total"]


class DrawingLayer(nn.Layer):
    """Draws from NumPy's global generator when it is made."""

    def __init__(self) -> None:
        self._noise = np.random.random(5)

    def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002 - as users write it
        """Return the input."""
        return x + 0.0

    def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002 - as users write it
        """Return the gradient."""
        return dy + 0.0


def make_own() -> tuple[Config, Dataset]:
    """Return the short training on given data, with a layer that draws when it is made."""
    x, y = np.linspace(-1.0, 1.0, 720).reshape(72, 10), np.arange(72) % 2
    data = Dataset.from_arrays(x[:64], y[:64], x[64:], y[64:])
    config = make_short("momentum")
    return attrs.evolve(
        config,
        data=DataConfig(source="own", train_samples=64, test_samples=8),
        model=ModelConfig(layers=require_layers([nn.Dense(units=4), DrawingLayer(), nn.Dense(units=2)])),
    ), data


def run_noisy(folder: Path, steps: int | None = None) -> tuple[Any, Noisy]:
    """Make a process as a program of a user's would be: seeds, objects that draw, then the training."""
    random.seed(5)
    np.random.seed(5)
    config, data = make_own()
    noisy = Noisy()
    record = train(config, folder, steps=steps, dataset=data, watcher=CallbackWatcher([noisy, lambda _: None]))
    return read(record), noisy


def test_constructors_that_draw_change_nothing(tmp_path: Path) -> None:
    """What layers and callbacks draw in their constructors is undone; what callbacks carry is restored."""
    expected, first = run_noisy(tmp_path / "a")
    assert len(first.drawn) == 8
    assert len(expected[1]) == 2
    for steps in (3, 4, 7):
        with pytest.raises(KilledError):
            run_noisy(tmp_path / "b", steps)
        found, second = run_noisy(tmp_path / "b")
        assert found == expected
        assert second.drawn == first.drawn
        assert (second.best, second.total.tolist(), second.total.dtype.name) == (first.best, [8.0, 8.0], "float32")


def test_a_restored_state_before_a_draw_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the global generators the numbers of a callback are others."""
    _, first = run_noisy(tmp_path / "a")
    with pytest.raises(KilledError):
        run_noisy(tmp_path / "b", 4)
    monkeypatch.setattr("appliance.training.loop.restore_generators", lambda _: None)
    _, second = run_noisy(tmp_path / "b")
    assert second.drawn != first.drawn


def test_another_training_is_refused(tmp_path: Path) -> None:
    """Checkpoints of other settings, arithmetic or data are an error that names both, and they stay."""
    config = make_short()
    with pytest.raises(KilledError):
        train(config, tmp_path / "c", steps=4)
    own = identify(config, "portable")
    for other, found in (
        (attrs.evolve(config, seed=2), "config_digest"),
        (make_short(precision="f64"), "config_digest"),
    ):
        for resume in (True, False):
            with pytest.raises(UsageError, match="of another training") as error:
                train(other, tmp_path / "c", Notes().plan(resume=resume))
            assert found in str(error.value)
    for change in ({"profile": "native"}, {"bits": 1}, {"precision": "f64"}, {"trace": "step"}):
        with pytest.raises(UsageError, match=r"of another training|has another trace"):
            train(config, tmp_path / "c", identity=attrs.evolve(own, **change))
    assert len(list_files(tmp_path / "c")) == 2
    assert read(train(config, tmp_path / "c")) == read(run_training(config))


def test_other_data_are_refused(tmp_path: Path) -> None:
    """The digest of the data is compared, which the settings of given data do not hold."""
    config, data = make_own()
    with pytest.raises(KilledError):
        train(config, tmp_path / "c", steps=4, dataset=data)
    x, y = np.linspace(-1.0, 1.1, 720).reshape(72, 10), np.arange(72) % 2
    other = Dataset.from_arrays(x[:64], y[:64], x[64:], y[64:])
    with pytest.raises(UsageError, match="of another training") as error:
        train(config, tmp_path / "c", dataset=other)
    assert "dataset sha256:" in str(error.value)


def test_a_new_start_keeps_the_old_checkpoints_until_its_first(tmp_path: Path) -> None:
    """Without --resume a note says what is there; it is replaced by the first new checkpoint, not earlier."""
    config = make_short()
    with pytest.raises(KilledError):
        train(config, tmp_path / "c", steps=4)
    before = list_files(tmp_path / "c")
    notes = Notes()
    with pytest.raises(KilledError):
        train(config, tmp_path / "c", notes.plan(every=3, resume=False), steps=2)
    assert "an interrupted training, after epoch 1, step 4" in notes[0]
    assert list_files(tmp_path / "c") == before
    with pytest.raises(KilledError):
        train(config, tmp_path / "c", notes.plan(every=3, resume=False), steps=4)
    assert len(list_files(tmp_path / "c")) == 1
    assert read(train(config, tmp_path / "c")) == read(run_training(config))


def test_without_a_checkpoint_resume_begins_at_the_start(tmp_path: Path) -> None:
    """A note says so, and nothing is left afterwards."""
    config, notes = make_short(), Notes()
    assert read(train(config, tmp_path / "c", notes.plan(every=4))) == read(run_training(config))
    assert notes == [f"note: no checkpoint is in {tmp_path / 'c'}; the training begins at its start"]
    assert not (tmp_path / "c").exists()


def test_fit_goes_on_in_a_program(tmp_path: Path) -> None:
    """`fit` and `train` take a folder; it is removed when they return."""
    x, y = np.linspace(-1.0, 1.0, 160).reshape(80, 2), np.arange(80) % 2
    data = Dataset.from_arrays(x[:64], y[:64], x[64:], y[64:])

    def run(steps: int | None = None, folder: Path | None = None) -> Record:
        left = [steps]

        def count(_epoch: int, _done: int, _total: int) -> None:
            if left[0] == 0:
                raise KilledError
            left[0] = None if left[0] is None else left[0] - 1

        model = [nn.Dense(units=4), nn.Relu(), nn.Dense(units=2)]
        rule = nn.Adam(learning_rate=0.01)
        return fit(
            model, data, optimizer=rule, epochs=2, batch_size=8,
            progress=count, checkpoints=folder, checkpoint_every="2", resume=True,
        )  # fmt: skip

    with pytest.raises(KilledError):
        run(5, tmp_path / "c")
    assert len(list_files(tmp_path / "c")) == 2
    assert read(run(folder=tmp_path / "c")) == read(run())
    assert not (tmp_path / "c").exists()
    assert (
        train_named("smoke", checkpoints=tmp_path / "d", checkpoint_every="3").digests == run_training("smoke").digests
    )
    assert not (tmp_path / "d").exists()
