"""Whole trainings on several workers, as threads: losses, rules, evaluation, states, data in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.data.dataset import Dataset
from appliance.data.rows import MemoryRows
from appliance.numerics.exchange import ALONE
from appliance.streams import draw_words
from appliance.training.loop import Training
from appliance.training.shares import read_shares
from support.worker_threads import Meeting, run_workers
from verify.digests import digest_arrays
from verify.errors import CouldNotJudgeError, NonFiniteError
from verify.files.record import digest_history

if TYPE_CHECKING:
    from appliance.config.schema import Config
    from appliance.numerics.exchange import Exchange
    from support.worker_threads import ThreadExchange

WIDTH, COUNT, TESTS = 12, 47, 19
LOSSES = {"cross-entropy": (3, 3), "mean-squared-error": (0, 2), "binary-cross-entropy": (2, 1)}
RULES: dict[str, dict[str, Any]] = {
    "sgd, clipped": {"name": "sgd", "learning_rate": 0.3, "clip_norm": 0.25},
    "nesterov, warm-up": {"name": "nesterov", "learning_rate": 0.05, "warmup_steps": 5},
    "momentum, decay": {"name": "momentum", "learning_rate": 0.05, "weight_decay": 0.01, "schedule": "cosine"},
    "adamw": {"name": "adamw", "learning_rate": 0.02, "weight_decay": 0.1, "clip_norm": 0.5},
}


def make_config(loss: str, rule: str = "sgd, clipped", size: int = 20, layers: Any = None) -> Config:  # noqa: ANN401
    """Return a training of a network with one hidden layer; the last batch of an epoch is smaller."""
    return parse_settings(
        {
            "schema": "repro-appliance/config/1",
            "name": "own",
            "seed": 5,
            "precision": "f32",
            "data": {"source": "synthetic", "train_samples": COUNT, "test_samples": TESTS},
            "model": {"layers": layers or [WIDTH, 9, LOSSES[loss][1]]},
            "training": {"epochs": 2, "batch_size": size, "loss": loss},
            "optimizer": RULES[rule],
        },
        where="a test",
    )


def make_data(loss: str) -> Dataset:
    """Return bytes of which two columns are zero in every sample."""
    classes = LOSSES[loss][0]
    made: dict[str, Any] = {}
    for part, count in (("train", COUNT), ("test", TESTS)):
        words = draw_words(count * WIDTH, 3, part).reshape(count, WIDTH)
        pixels = (words % 256).astype(np.uint8)
        pixels[:, [0, 5]] = 0
        labels = (words[:, 1] % max(classes, 1)).astype(np.uint8)
        targets = (words[:, :2] % 7).astype(np.float32) / 7
        made |= {f"{part}_features": MemoryRows(pixels), f"{part}_labels": labels if classes else targets}
    return Dataset(name="own", sample_shape=(WIDTH,), classes=classes, targets=0 if classes else 2, **made)


def train(config: Config, data: Dataset, exchange: Exchange = ALONE, **named: Any) -> tuple[str, str, str]:  # noqa: ANN401
    """Return the digests of parameters, history and predictions."""
    training = Training(config, data, portable=True, exchange=exchange, **named)
    training.run()
    predictions = digest_arrays(training.evaluate().predictions())
    return digest_arrays(training.parameters), digest_history(training.history), predictions


@pytest.mark.parametrize("workers", [2, 3, 5])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("loss", LOSSES)
def test_workers_reach_no_bit_of_a_training(loss: str, rule: str, workers: int) -> None:
    """Weights, losses, scores and predictions are those of one process, on every worker."""
    config, data = make_config(loss, rule), make_data(loss)
    expected = train(config, data)
    assert run_workers(workers, lambda exchange: train(config, data, exchange)) == [expected] * workers


def test_a_worker_that_drifts_is_noticed() -> None:
    """One of three has another weight by one bit after a step: no worker ends the epoch."""
    config, data = make_config("cross-entropy"), make_data("cross-entropy")

    def drift(exchange: ThreadExchange) -> None:
        training = Training(config, data, portable=True, exchange=exchange)
        for _, step in training.steps():
            bias = training.parameters["dense_1.bias"]
            if step == 1 and exchange.index == 1:
                np.copyto(bias, np.nextafter(bias, np.float32(9)))

    with pytest.raises(CouldNotJudgeError, match="the workers differ") as error:
        run_workers(3, drift)
    assert "certify" in str(error.value.remedy)


@pytest.mark.parametrize("size", [1, 4, 47])
def test_batches_of_any_size_can_be_shared(size: int) -> None:
    """Batches smaller than the number of workers are computed whole by each of them."""
    config, data = make_config("cross-entropy", size=size), make_data("cross-entropy")
    expected = train(config, data)
    assert run_workers(7, lambda exchange: train(config, data, exchange)) == [expected] * 7


@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_state_of_some_workers_goes_on_on_others(after: int) -> None:
    """A state that three workers captured in an epoch is taken up by one, two and five."""
    config, data = make_config("cross-entropy", "adamw"), make_data("cross-entropy")
    expected = train(config, data)

    def begin(exchange: ThreadExchange) -> Any:  # noqa: ANN401
        training = Training(config, data, portable=True, exchange=exchange)
        for _ in zip(range(after), training.steps(), strict=False):
            pass
        training.capture()
        return training.capture()

    def finish(exchange: Exchange) -> tuple[str, str]:
        training = Training(config, data, portable=True, exchange=exchange)
        training.restore(state)
        training.run()
        return digest_arrays(training.parameters), digest_history(training.history)

    states = run_workers(3, begin)
    alone = Training(config, data, portable=True)
    for _ in zip(range(after), alone.steps(), strict=False):
        pass
    for state in (*states, alone.capture()):
        assert finish(ALONE) == expected[:2]
        assert [t.tobytes() for t in state.terms] == [t.tobytes() for t in alone.capture().terms]
    for workers in (2, 5):
        assert run_workers(workers, finish) == [expected[:2]] * workers


def test_other_data_of_one_worker_reach_bits() -> None:
    """Negative control: a worker with other samples is seen in the weights."""
    config, data, other = make_config("cross-entropy"), make_data("cross-entropy"), make_data("cross-entropy")
    values = np.array(other.train_features.read())
    values[3:40, 2] ^= 255
    other = Dataset(
        name="own",
        train_features=MemoryRows(values),
        train_labels=other.train_labels,
        test_features=other.test_features,
        test_labels=other.test_labels,
        sample_shape=(WIDTH,),
        classes=3,
    )
    expected = train(config, data)
    found = run_workers(3, lambda exchange: train(config, other if exchange.index == 1 else data, exchange))
    assert expected not in found


def test_a_value_that_is_not_finite_stops_all_workers_at_the_same_step() -> None:
    """The NaN of one worker's share is seen by all, and named as in one process."""
    config, data = make_config("mean-squared-error"), make_data("mean-squared-error")
    targets = np.array(data.train_labels)
    targets[11, 1] = np.nan
    data = Dataset(
        name="own",
        train_features=data.train_features,
        train_labels=targets,
        test_features=data.test_features,
        test_labels=data.test_labels,
        sample_shape=(WIDTH,),
        classes=0,
        targets=2,
    )

    def fail(exchange: Exchange) -> str:
        with pytest.raises(NonFiniteError) as found:
            train(config, data, exchange)
        return str(found.value.where)

    assert run_workers(3, fail) == [fail(ALONE)] * 3


def test_a_worker_reads_its_rows_only() -> None:
    """The shares of all workers are the batch, each row once; a batch that is too small is read whole by all."""
    features, order = make_data("cross-entropy").train_features, np.arange(COUNT)[::-1]
    labels = np.arange(COUNT)
    for size, workers in ((20, 3), (7, 7), (5, 7), (47, 2)):
        found = run_workers(workers, lambda exchange: list(read_shares(features, labels, order, size, exchange)))  # noqa: B023
        for number, shares in enumerate(zip(*found, strict=True)):
            batch = order[number * size : (number + 1) * size]
            if len(batch) < workers:
                assert all(share.samples.labels.tolist() == batch.tolist() for share in shares)
                continue
            assert [n for share in shares for n in share.samples.labels.tolist()] == batch.tolist()
            assert np.array_equal(np.concatenate([s.samples.features for s in shares]), features.take(batch))
            assert all(order[s.start : s.stop].tolist() == s.samples.labels.tolist() for s in shares)


def test_volume_is_that_of_the_parameters() -> None:
    """A step exchanges an integer for each parameter and two for each column; epochs the loss terms and outputs."""
    config, data, meeting = make_config("cross-entropy"), make_data("cross-entropy"), Meeting(2)
    run_workers(2, lambda exchange: train(config, data, exchange), meeting=meeting)
    parameters, unused, columns, steps = WIDTH * 9 + 9 + 9 * 3 + 3, 2 * 9, 2 * (9 + 3), 6
    at_the_ends_of_epochs = 2 * (2 * COUNT + TESTS * 3)
    assert meeting.numbers == steps * (parameters - unused + columns) + at_the_ends_of_epochs
