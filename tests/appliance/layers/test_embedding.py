"""Embeddings: entries of tokens, tokens that have none, gradients of repeated tokens, bytes as tokens."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.model import build_network
from appliance.optimizers import make_optimizer
from appliance.training.trainer import Samples, Trainer
from support.networks import make_config
from support.small_layers import CASES, find_gradients, make_case_trainer, make_samples
from verify.errors import UsageError

_CASE = CASES["embedding"]


def test_each_token_reads_its_entry() -> None:
    """The output of the layer is the table's rows."""
    trainer, samples = make_case_trainer(_CASE, "f32"), make_samples(_CASE)
    forward = trainer.forward.plan(16)
    forward.run(samples.features)
    table = trainer.network.parameters()["embedding_1.weight"]
    assert np.array_equal(forward.signals[1].values, table[samples.features.astype(int)])


@pytest.mark.parametrize("token", [9.0, -1.0, 2.5, np.nan])
def test_a_token_without_an_entry_is_an_error(token: float) -> None:
    """The error names the layer, the token and what is allowed."""
    trainer, samples = make_case_trainer(_CASE, "f32"), make_samples(_CASE)
    samples.features[3, 2] = token
    with pytest.raises(UsageError, match="no entry") as found:
        trainer.step(samples, 0.1)
    assert found.value.where == "embedding_1"
    assert "0 to 8" in str(found.value.expected)


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_entries_that_no_token_reads_have_no_gradient(precision: str) -> None:
    """Only the entries of the batch's tokens change."""
    samples = make_samples(_CASE)
    samples.features[samples.features == 4] = 3
    gradient = find_gradients(make_case_trainer(_CASE, precision), samples)["embedding_1.weight"]
    changed = np.flatnonzero(np.abs(gradient).sum(axis=1))
    assert changed.tolist() == [0, 1, 2, 3, 5, 6, 7, 8]


@pytest.mark.parametrize("portable", [False, True])
def test_bytes_are_tokens(*, portable: bool) -> None:
    """A byte is the number of its entry in both arithmetics."""
    layers = [{"kind": "embedding", "entries": 256, "units": 3}, {"kind": "dense", "units": 5}]
    config = parse_settings({**make_config().settings(), "model": {"layers": layers}}, where="a test")
    network = build_network(config, (4,), 5, portable=portable)
    trainer = Trainer(network, make_optimizer(config.optimizer, network.fmt, portable=portable))
    tokens = np.array([[0, 255, 7, 7], [3, 2, 1, 128]], dtype=np.uint8)
    forward = trainer.forward.plan(2)
    forward.run(tokens)
    assert np.array_equal(forward.signals[1].values, network.parameters()["embedding_1.weight"][tokens])
    before = network.parameters()["embedding_1.weight"].copy()
    trainer.step(Samples(tokens, np.array([1, 4])), 0.1)
    changed = np.flatnonzero(np.abs(before - network.parameters()["embedding_1.weight"]).sum(axis=1))
    assert changed.tolist() == [0, 1, 2, 3, 7, 128, 255]
