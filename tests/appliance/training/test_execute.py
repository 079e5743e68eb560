"""A run from configuration to record: equal runs agree, every input changes the digests that depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config
from appliance.data import load_dataset
from appliance.layers.builder import Builder
from appliance.training import execute
from appliance.training.execute import run_training
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.dataset import Dataset


@pytest.fixture(scope="module")
def smoke_digests() -> dict[str, str]:
    """Return the digests of one smoke run."""
    return run_training(load_config("smoke")).digests


def list_changes(first: dict[str, str], second: dict[str, str]) -> set[str]:
    """Return the names of the digests that differ."""
    return {name for name in first if first[name] != second[name]}


def test_equal_runs_agree(smoke_digests: dict[str, str]) -> None:
    """A second run in the same process has every digest of the first."""
    assert run_training(load_config("smoke")).digests == smoke_digests


def test_threads_do_not_change_a_digest(smoke_digests: dict[str, str]) -> None:
    """Two BLAS threads give the bits of one."""
    assert run_training(load_config("smoke"), threads=2).digests == smoke_digests


def test_a_record_has_the_keys_of_the_interface() -> None:
    """Every fixed key of `train --json` is there, with its type."""
    body: Any = run_training(load_config("smoke")).to_json()
    assert body["schema"] == "repro-appliance/run/1"
    assert (body["config"], body["seed"], body["bits"]) == ("smoke", 1, 2)
    assert (body["profile"], body["precision"]) == ("portable", "f32")
    names = {"dataset", "initial_weights", "final_weights", "history", "predictions", "run"}
    assert set(body["digests"]) == names
    assert all(digest.startswith("sha256:") and len(digest) == 71 for digest in body["digests"].values())
    assert {"train_loss", "test_loss", "test_accuracy"} <= set(body["metrics"])
    assert [row["epoch"] for row in body["epochs"]] == [1, 2]
    assert body["epochs"][-1]["weights"] == body["digests"]["final_weights"]
    assert {"seconds", "examples_per_second"} <= set(body["timing"])


def test_one_bit_of_one_initial_weight_reaches_the_run(
    monkeypatch: pytest.MonkeyPatch, smoke_digests: dict[str, str]
) -> None:
    """Negative control: the lowest bit of one weight changes initial weights, history, final weights and run."""
    real = Builder.draw_weight

    def flip(builder: Builder, fan_in: int, width: int) -> NDArray[np.floating[Any]]:
        weight = real(builder, fan_in, width)
        if builder._drawn == 1:
            weight.view(np.uint32)[400, 3] ^= 1
        return weight

    monkeypatch.setattr(Builder, "draw_weight", flip)
    changed = list_changes(run_training(load_config("smoke")).digests, smoke_digests)
    assert {"initial_weights", "final_weights", "history", "run"} <= changed
    assert "dataset" not in changed


def test_one_label_reaches_the_run(monkeypatch: pytest.MonkeyPatch, smoke_digests: dict[str, str]) -> None:
    """Negative control: one bit of one training label changes the data's digest and all that follows."""

    def flip(data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:
        dataset = load_dataset(data, seed, data_dir)
        labels = dataset.train_labels.copy()
        labels[17] ^= 1
        return attrs.evolve(dataset, train_labels=labels)

    monkeypatch.setattr(execute, "load_dataset", flip)
    changed = list_changes(run_training(load_config("smoke")).digests, smoke_digests)
    assert changed == {"dataset", "final_weights", "history", "predictions", "run"}


def test_one_ulp_of_the_learning_rate_reaches_the_run(smoke_digests: dict[str, str]) -> None:
    """Negative control: a rate one float64 ulp away has another run digest, even where float32 rounds it back."""
    config = load_config("smoke")
    rate = float(np.nextafter(config.optimizer.learning_rate, 1.0))
    other = attrs.evolve(config, optimizer=attrs.evolve(config.optimizer, learning_rate=rate))
    assert "run" in list_changes(run_training(other).digests, smoke_digests)


def test_another_seed_is_another_run(smoke_digests: dict[str, str]) -> None:
    """The seed changes data, initial weights and everything after."""
    config = attrs.evolve(load_config("smoke"), seed=2)
    assert list_changes(run_training(config).digests, smoke_digests) == set(smoke_digests)


def test_native_arithmetic_is_another_result(smoke_digests: dict[str, str]) -> None:
    """Plain NumPy has other weights, with a loss close by."""
    native = run_training(load_config("smoke"), profile="native")
    assert native.digests["initial_weights"] == smoke_digests["initial_weights"]
    assert native.digests["final_weights"] != smoke_digests["final_weights"]
    portable = run_training(load_config("smoke"))
    assert native.metrics["train_loss"] == pytest.approx(portable.metrics["train_loss"], rel=0.02)


def test_divergence_stops_the_run() -> None:
    """A learning rate far too large ends in one error instead of a digest."""
    config = load_config("smoke")
    config = attrs.evolve(config, optimizer=attrs.evolve(config.optimizer, learning_rate=9e5))

    def train_seeds() -> None:
        for seed in range(3):
            run_training(attrs.evolve(config, seed=seed, training=attrs.evolve(config.training, epochs=60)))

    with pytest.raises(NonFiniteError) as caught:
        train_seeds()
    assert "dense_" in str(caught.value)


@pytest.mark.parametrize("profile", ["portable", "native"])
def test_the_first_value_that_is_not_finite_is_named(monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    """Weights that overflow the first product are reported with epoch, step and tensor."""
    real = Builder.draw_weight
    monkeypatch.setattr(Builder, "draw_weight", lambda *a: real(*a) * np.float32(3e38))
    with pytest.raises(NonFiniteError) as caught:
        run_training(load_config("smoke"), profile=profile)
    assert "epoch 1, step 1, dense_1." in str(caught.value)


def test_progress_counts_every_sample() -> None:
    """The progress function is called once for each step."""
    seen: list[tuple[int, int, int]] = []
    run_training(load_config("smoke"), progress=lambda epoch, done, total: seen.append((epoch, done, total)))
    assert len(seen) == 2 * 256 // 32
    assert sum(done for epoch, done, _ in seen if epoch == 1) == 256
    assert {total for _, _, total in seen} == {256}
