"""Training on arrays that a program gives: the same bits however it is done, a record that is judged as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from appliance import Dataset, nn, read_run, write_run
from appliance.errors import ConfigurationError, DataError
from appliance.library.callbacks import Callback, Epoch, Step
from appliance.library.fit import fit
from appliance.library.goldens import record_golden
from appliance.verification.retraining import Retraining
from appliance.verification.verify import verify
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from appliance.training.record import Record


def make_data(*, seed: int = 0, as_bytes: bool = False) -> Dataset:
    """Return 60 training samples of 6 features and 3 classes, half of the features zero in all of them."""
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(80, 2, 3)), random.integers(0, 3, 80)
    x[:, 0] = 0.0
    x[np.arange(80), 1, y] += 2.0
    if as_bytes:
        x = (np.clip(x, 0, 5) * 40).astype(np.uint8)
    return Dataset.from_arrays(x[:60], y[:60], x[60:], y[60:])


def train(data: Dataset | None = None, **more: Any) -> Record:  # noqa: ANN401 - the settings of `fit`
    """Return the record of a small training."""
    model = [nn.Dense(units=8), nn.Relu(), nn.Dense(units=3)]
    settings = {"optimizer": nn.Adam(learning_rate=0.02), "epochs": 4, "batch_size": 16, **more}
    return fit(model, data or make_data(), **settings)


@pytest.mark.slow
@pytest.mark.parametrize("as_bytes", [False, True])
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_a_fit_learns_and_no_bit_depends_on_how(as_bytes: bool, precision: str) -> None:
    """Threads, micro batches and callbacks change nothing; another seed does."""
    data, seen = make_data(as_bytes=as_bytes), []

    class Look(Callback):
        def on_step(self, step: Step) -> None:
            seen.append(step.parameters["dense_1.weight"].shape)

    plain = train(data, precision=precision)
    others: list[dict[str, Any]] = [{"micro_batches": 3}, {"threads": 2}, {"callbacks": [Look()]}, {"check": "all"}]
    digests = {train(data, precision=precision, **other).digests["run"] for other in others}
    assert digests == {plain.digests["run"]}
    assert plain.metrics["test_accuracy"] > 0.6
    assert set(seen) == {(6, 8)}
    assert train(data, precision=precision, seed=1).digests["run"] not in digests


def test_callbacks_see_the_history_and_cannot_change_it() -> None:
    """Losses are those of the record; parameters are read-only; functions are called after epochs."""
    rows: list[Epoch] = []
    steps: list[tuple[int, int, float]] = []

    class Look(Callback):
        def on_step(self, step: Step) -> None:
            steps.append((step.epoch, step.number, step.loss))
            with pytest.raises(ValueError, match="read-only"):
                step.parameters["dense_1.weight"][0, 0] = 1.0

    record = train(callbacks=[Look(), rows.append])
    assert [(row.number, row.train_loss, row.test_loss) for row in rows] == [
        (row.epoch, row.train_loss, row.test_loss) for row in record.epochs
    ]
    assert [step[:2] for step in steps] == [(epoch, step) for epoch in range(1, 5) for step in range(1, 5)]
    first = [loss for epoch, _, loss in steps if epoch == 1]
    assert np.average(first, weights=[16, 16, 16, 12]) == pytest.approx(record.epochs[0].train_loss)


@pytest.mark.parametrize("of_step", [False, True])
def test_a_callback_ends_a_training_with_its_epoch(of_step: bool, tmp_path: Path) -> None:
    """The record has the epochs that were made, and is sound."""

    class Stop(Callback):
        def on_step(self, step: Step) -> None:
            if of_step and step.epoch == 2:
                step.stop()

        def on_epoch(self, epoch: Epoch) -> None:
            if epoch.number == 2:
                epoch.stop()

    record = train(callbacks=[Stop()])
    assert [row.epoch for row in record.epochs] == [1, 2]
    write_run(record, tmp_path / "run")
    assert read_run(tmp_path / "run").record.digests.run == record.digests["run"]


@pytest.mark.parametrize("as_bytes", [False, True])
@pytest.mark.parametrize("profile", ["portable", "native"])
def test_predictions_are_those_of_the_record(as_bytes: bool, profile: str) -> None:
    """The test samples give the logits and classes of the record; one sample alone gives the same bits."""
    data = make_data(as_bytes=as_bytes)
    record, x = train(data, profile=profile), data.test_features.read().reshape(-1, 2, 3)
    assert np.array_equal(record.predict(x), record.predictions["classes"])
    if profile == "portable":
        assert np.array_equal(record.outputs(x), record.predictions["logits"])
        assert np.array_equal(record.outputs(x[7:8])[0], record.predictions["logits"][7])


def test_predictions_need_samples_as_in_the_training() -> None:
    """Another shape and another type are refused."""
    record = train()
    for x in (np.zeros((2, 3, 2)), np.zeros((2, 2, 3), np.uint8)):
        with pytest.raises(DataError, match="others than those of the training"):
            record.predict(x)


@pytest.mark.slow
def test_a_run_directory_of_a_fit_is_judged(tmp_path: Path) -> None:
    """Without a golden it is sound but could not be judged; with one that fits it is identical."""
    record = train(name="mine")
    write_run(record, tmp_path / "run")
    alone = verify(str(tmp_path / "run"))
    assert alone.verdict == "could-not-judge"
    remedies = [str(result.remedy) for result in alone.judgements[0].results]
    assert any("start the program" in remedy for remedy in remedies)
    assert not any("--retrain" in remedy for remedy in remedies)
    record_golden(record, tmp_path / "goldens")
    settings = Retraining(golden_dir=tmp_path / "goldens")
    assert verify(str(tmp_path / "run"), settings).verdict == "identical"
    again = verify(str(tmp_path / "run"), settings, retrain=True)
    assert again.verdict == "could-not-judge"
    assert any("a program gave" in result.title for result in again.judgements[0].results)


def test_paths_may_be_texts(tmp_path: Path) -> None:
    """As docs/runs.md and docs/your-own-experiment.md write them."""
    written = write_run(train(epochs=1), f"{tmp_path}/run")
    assert read_run(f"{tmp_path}/run").record.digests.run == written.digests.run


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"epochs": 0}, "epochs: expected a whole number from 1"),
        ({"precision": "f16"}, "precision"),
        ({"name": "No Name"}, "name: expected"),
        ({"batch_size": 1 << 20}, "too large for exact sums"),
    ],
)
def test_settings_out_of_range_are_refused(more: dict[str, Any], words: str) -> None:
    """As in a configuration."""
    with pytest.raises(ConfigurationError, match=words):
        train(**more)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"model": [6, 8, 3]}, r"model\[0\]: expected a layer, such as nn.Dense\(units=10\), found 6"),
        ({"model": [nn.Dense(units=8), nn.Relu, nn.Dense(units=3)]}, r"model\[1\]: .* found the class Relu; with"),
        ({"model": nn.Dense(units=3)}, "model: expected a list of layers, found an object of the type DenseConfig"),
        ({"optimizer": "adam"}, "optimizer: expected an optimizer, .* found 'adam'"),
        ({"optimizer": nn.Adam}, "optimizer: expected .* found the class Adam; with parentheses"),
        ({"data": ([[1.0]], [0])}, "data: expected a data set, as from Dataset.from_arrays, found an object of the"),
    ],
)
def test_arguments_of_another_kind_are_refused(more: dict[str, Any], words: str) -> None:
    """The error names the argument and what it must be."""
    given: dict[str, Any] = {"model": [nn.Dense(units=3)], "data": make_data(), "optimizer": nn.Adam(learning_rate=0.1)}
    with pytest.raises(ConfigurationError, match=words):
        fit(**{**given, **more}, epochs=1, batch_size=16)


@pytest.mark.parametrize(
    ("callbacks", "where"), [([3], "callbacks[0]"), ([print, Callback], "callbacks[1]"), (print, "callbacks")]
)
def test_callbacks_that_cannot_be_called_are_refused(callbacks: Any, where: str) -> None:  # noqa: ANN401 - wrong ones
    """A class of callbacks is no callback; a function alone is no list."""
    with pytest.raises(UsageError, match="a callback cannot be called") as caught:
        train(callbacks=callbacks)
    assert caught.value.where == where


def test_callbacks_may_be_an_iterator() -> None:
    """They are listed once, before anything is called."""
    seen: list[int] = []
    train(callbacks=iter([lambda epoch: seen.append(epoch.number)]), epochs=2)
    assert seen == [1, 2]


def test_a_profile_that_does_not_exist_is_refused() -> None:
    """A wrong letter must not change the arithmetic unseen."""
    with pytest.raises(UsageError, match="no such profile"):
        train(profile="Portable")


def test_a_model_that_does_not_fit_is_refused() -> None:
    """As many outputs as classes."""
    with pytest.raises(ConfigurationError, match="does not fit the data"):
        fit([nn.Dense(units=2)], make_data(), optimizer=nn.Sgd(learning_rate=0.1), epochs=1, batch_size=8)


def test_a_record_without_inputs_cannot_predict() -> None:
    """Such as one that was made by hand."""
    with pytest.raises(UsageError, match="cannot predict"):
        attrs.evolve(train(epochs=1), predictor=None).predict(np.zeros((1, 2, 3)))
