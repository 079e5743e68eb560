"""Neither the split of a batch nor the order of its samples shows in any bit, and no sample depends on another one."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.streams import draw_permutation
from appliance.training.trainer import Samples
from support.small_layers import CASES, ROWS, make_case_trainer, make_samples
from verify.digests import digest_arrays


def train(name: str, precision: str, parts: int, *, permuted: bool = False) -> str:
    """Return the digest of parameters, buffers and state after three steps."""
    case = CASES[name]
    trainer = make_case_trainer(case, precision, parts=parts, name="momentum")
    for step in range(3):
        samples = make_samples(case, seed=step)
        order = draw_permutation(ROWS, 5, "order", step) if permuted else np.arange(ROWS)
        assert samples.numbers is not None
        trainer.step(Samples(samples.features[order], samples.labels[order], samples.numbers[order]), 0.1)
    return digest_arrays(trainer.list_arrays())


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", CASES)
def test_split_and_order_of_a_batch_do_not_show(name: str, precision: str) -> None:
    """One, two, three or sixteen parts, in any order, give the same bits."""
    expected = train(name, precision, 1)
    for parts in (2, 3, ROWS):
        assert train(name, precision, parts) == expected
    for parts in (1, 3):
        assert train(name, precision, parts, permuted=True) == expected


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", CASES)
def test_a_prediction_does_not_depend_on_its_batch(name: str, precision: str) -> None:
    """One sample alone, or among others, has the same outputs; also after a step, with running moments."""
    case = CASES[name]
    trainer, samples = make_case_trainer(case, precision), make_samples(case)
    trainer.step(samples, 0.1)
    together = trainer.forward.predict(samples.features)
    for row in (0, 7):
        alone = trainer.forward.predict(samples.features[row : row + 1])
        assert np.array_equal(alone[0], together[row])


def test_what_a_sample_loses_depends_on_its_number() -> None:
    """A control: other numbers of samples, or another epoch, drop other values."""
    case = CASES["dropout"]
    digests = set()
    for first, epoch in ((100, 2), (101, 2), (100, 3)):
        trainer, samples = make_case_trainer(case, "f32"), make_samples(case)
        trainer.forward.epoch.fill(epoch)
        trainer.step(samples._replace(numbers=np.arange(ROWS) + first), 0.1)
        digests.add(digest_arrays(trainer.network.parameters()))
    assert len(digests) == 3
