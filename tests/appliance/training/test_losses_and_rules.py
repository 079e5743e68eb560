"""Whole trainings with every loss, optimizer and schedule: parts, unused columns, states, records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.data.dataset import Dataset
from appliance.data.rows import MemoryRows
from appliance.errors import ConfigurationError, DataError
from appliance.training.loop import Training
from appliance.training.trainer import Trainer
from support.wild import Kind
from verify.digests import digest_arrays
from verify.files.record import digest_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

WIDTH, COUNT, TESTS = 20, 48, 16
UNUSED = [0, 7, 19]


def make_features(count: int, label: str) -> MemoryRows:
    """Return bytes of which some columns are zero in every sample."""
    values = np.abs(Kind(seed=1, name="f64", low=0, high=1, cancels=False).draw(label, count, WIDTH))
    rows = (values * 255).astype(np.uint8)
    rows[:, UNUSED] = 0
    return MemoryRows(rows)


def make_dataset(loss: str, *, classes: int = 0) -> Dataset:
    """Return data with a rule that can be learned: sums of some features."""
    parts = {part: make_features(count, part) for part, count in (("train", COUNT), ("test", TESTS))}
    labels: dict[str, Array] = {}
    for part, rows in parts.items():
        values = rows.read(0, len(rows)).astype(np.float32) / 256
        sums = np.stack([values[:, 1:7].sum(axis=1) - 1.5, values[:, 8:14].sum(axis=1) - 1.5], axis=1)
        if classes:
            labels[part] = (sums[:, 0] > sums[:, 1] * (classes == 2)).astype(np.uint8)
        else:
            labels[part] = (sums > 0).astype(np.float32) if loss == "binary-cross-entropy" else sums
    return Dataset(
        name="own",
        train_features=parts["train"],
        train_labels=labels["train"],
        test_features=parts["test"],
        test_labels=labels["test"],
        sample_shape=(WIDTH,),
        classes=classes,
        targets=0 if classes else 2,
    )


LOSSES = {
    "classes": ("cross-entropy", 2, 2),
    "targets": ("mean-squared-error", 0, 2),
    "answers": ("binary-cross-entropy", 0, 2),
    "yes or no": ("binary-cross-entropy", 2, 1),
}
RULES: dict[str, dict[str, Any]] = {
    "sgd": {"name": "sgd", "learning_rate": 0.3},
    "sgd, clipped": {"name": "sgd", "learning_rate": 0.3, "clip_norm": 0.25},
    "sgd, decay": {"name": "sgd", "learning_rate": 0.3, "weight_decay": 0.01},
    "momentum, decay, cosine": {"name": "momentum", "learning_rate": 0.05, "weight_decay": 0.01, "schedule": "cosine"},
    "nesterov, warm-up": {"name": "nesterov", "learning_rate": 0.05, "warmup_steps": 5},
    "nesterov, clipped": {"name": "nesterov", "learning_rate": 0.05, "clip_norm": 0.25},
    "adam, clipped": {"name": "adam", "learning_rate": 0.02, "clip_norm": 0.01},
    "adamw": {"name": "adamw", "learning_rate": 0.02, "weight_decay": 0.1, "clip_norm": 0.5, "warmup_steps": 7},
}


def make_training(
    case: str, rule: str = "sgd", precision: str = "f32", *, portable: bool = True, parts: int = 1, **optimizer: object
) -> Training:
    """Return a training of a network with one hidden layer."""
    loss, classes, outputs = LOSSES[case]
    config = parse_settings(
        {
            "schema": "repro-appliance/config/1",
            "name": "own",
            "seed": 5,
            "precision": precision,
            "data": {"source": "synthetic", "train_samples": COUNT, "test_samples": TESTS},
            "model": {"layers": [WIDTH, 9, outputs]},
            "training": {"epochs": 3, "batch_size": 20, "loss": loss},
            "optimizer": {**RULES[rule], **optimizer},
        },
        where="a test",
    )
    return Training(config, make_dataset(loss, classes=classes), portable=portable, micro_batches=parts)


def finish(training: Training) -> tuple[str, str]:
    """Train to the end; return the digests of parameters and history."""
    training.run()
    return digest_arrays(training.parameters), digest_history(training.history)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("portable", [True, False], ids=["portable", "native"])
@pytest.mark.parametrize("case", LOSSES)
def test_every_loss_falls(case: str, portable: bool, precision: str) -> None:
    """Portable and native trainings learn, and learn nearly the same."""
    training = make_training(case, precision=precision, portable=portable)
    training.run()
    first, last = training.history[0], training.history[-1]
    assert last.train_loss < first.train_loss
    other = make_training(case, precision="f64", portable=False)
    other.run()
    assert last.train_loss == pytest.approx(other.history[-1].train_loss, rel=0.02)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_rules_train_as_native_arithmetic_does(rule: str, precision: str) -> None:
    """The losses of portable float32 and float64 are near those of plain float64."""
    found, expected = make_training("targets", rule, precision), make_training("targets", rule, "f64", portable=False)
    found.run()
    expected.run()
    error = 0.02 if precision == "f32" else 1e-6
    assert found.history[-1].train_loss == pytest.approx(expected.history[-1].train_loss, rel=error)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("case", LOSSES)
def test_no_bit_depends_on_the_split_of_batches(case: str, rule: str) -> None:
    """One, three and five parts, the last batch of an epoch being smaller."""
    expected = finish(make_training(case, rule))
    assert finish(make_training(case, rule, parts=3)) == expected
    assert finish(make_training(case, rule, parts=5)) == expected


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("rule", RULES)
def test_no_bit_depends_on_unused_columns(rule: str, precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that leaves out columns without a value has the bits of one that keeps them, also with decay."""
    expected = finish(make_training("targets", rule, precision))
    whole = make_training("targets", rule, precision)
    monkeypatch.setattr(whole, "_features", whole.dataset.train_features)
    monkeypatch.setattr(whole, "_columns", None)
    assert finish(whole) == expected


def test_decay_without_columns_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: unused columns cannot be left out where parameters decay."""
    training, expected = make_training("targets", "sgd, decay"), finish(make_training("targets", "sgd, decay"))
    columns = training.dataset.train_features.find_used_columns()
    assert len(columns) == WIDTH - len(UNUSED)
    monkeypatch.setattr(training, "_columns", columns)
    monkeypatch.setattr(training, "_features", training.dataset.train_features.select_columns(columns))
    assert finish(training)[0] != expected[0]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("case", ["targets", "yes or no"])
def test_restored_trainings_end_as_the_undisturbed_one(case: str, rule: str) -> None:
    """The state after any step, also of a warm-up, has everything that the rest depends on."""
    training = make_training(case, rule)
    states = [training.capture(), *(training.capture() for _ in training.steps())]
    expected = digest_arrays(training.parameters), digest_history(training.history)
    assert len(states) == 10
    for state in states:
        again = make_training(case, rule)
        again.restore(state)
        assert finish(again) == expected


def test_a_warm_up_counts_the_steps_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps an epoch: the seventh step, which has the full rate, is the first of the third epoch."""
    rates: list[float] = []
    step = Trainer.step

    def note(trainer: Trainer, samples: Any, rate: float, *rest: Any) -> Any:  # noqa: ANN401
        rates.append(rate)
        return step(trainer, samples, rate, *rest)

    monkeypatch.setattr(Trainer, "step", note)
    make_training("targets", learning_rate=0.07, warmup_steps=7).run()
    assert rates == [0.07 * (t / 7) for t in range(1, 7)] + [0.07] * 3
    rates.clear()
    training = make_training("targets", learning_rate=0.07, warmup_steps=7)
    for _, state in zip(range(4), (training.capture() for _ in training.steps()), strict=False):
        last = state
    rates.clear()
    again = make_training("targets", learning_rate=0.07, warmup_steps=7)
    again.restore(last)
    again.run()
    assert rates == [0.07 * (t / 7) for t in (5, 6)] + [0.07] * 3


@pytest.mark.parametrize("rule", ["momentum, decay, cosine", "adamw"])
def test_a_limit_above_every_norm_changes_nothing_but_the_order(rule: str) -> None:
    """Updates after all gradients give the losses of updates layer by layer."""
    plain, clipped = (
        make_training("classes", rule, "f64", clip_norm=0.0),
        make_training("classes", rule, "f64", clip_norm=1e5),
    )
    assert finish(plain) == finish(clipped)


@pytest.mark.parametrize("portable", [True, False], ids=["portable", "native"])
def test_every_step_has_the_clipped_norm(portable: bool) -> None:
    """With plain descent a step moves all parameters together by the rate times the limit at most."""
    training = make_training("classes", "sgd, clipped", "f64", portable=portable, learning_rate=0.5, clip_norm=0.01)
    before = {name: np.array(x) for name, x in training.parameters.items()}
    for _ in training.steps():
        after = {name: np.array(x) for name, x in training.trainer.network.parameters().items()}
        if after["dense_1.weight"].shape == before["dense_1.weight"].shape:
            moved = np.sqrt(sum(((after[name] - before[name]) ** 2).sum() for name in after))
            assert moved == pytest.approx(0.005, rel=1e-9)
        before = after


def test_records_say_what_was_measured() -> None:
    """An accuracy for classes and for answers; a mean absolute error for targets, and no accuracy."""
    for case in LOSSES:
        training = make_training(case)
        training.run()
        row, predictions = training.history[-1], training.evaluate().predictions()
        if case == "targets":
            assert set(row.scores()) == {"train_loss", "test_loss", "test_mean_absolute_error"}
            assert {name: x.shape for name, x in predictions.items()} == {"outputs": (TESTS, 2)}
        else:
            assert set(row.scores()) == {"train_loss", "test_loss", "test_accuracy"}
            assert predictions["classes"].shape == ((TESTS, 2) if case == "answers" else (TESTS,))


def test_a_network_has_the_outputs_of_its_loss() -> None:
    """Two classes with two outputs are no yes or no, and class numbers are no targets."""
    with pytest.raises(ConfigurationError, match="does not fit the data"):
        Training(make_training("classes").config, make_dataset("mean-squared-error"), portable=True)
    with pytest.raises(ConfigurationError, match="does not fit the data") as caught:
        Training(make_training("answers").config, make_dataset("binary-cross-entropy", classes=2), portable=True)
    assert "1 outputs" in str(caught.value.expected)


def test_targets_of_answers_are_zero_or_one() -> None:
    """A training does not begin with others."""
    with pytest.raises(DataError, match="neither no nor yes"):
        Training(make_training("answers").config, make_dataset("mean-squared-error"), portable=True)
