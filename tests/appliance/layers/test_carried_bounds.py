"""Carried bounds: never below the tensor that they bound, and measured again when an epoch starts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from appliance.layers.product_terms import ProductTerm
from appliance.layers.relu import PortableRelu
from appliance.numerics.formats import F32, FORMATS, find_kind
from appliance.numerics.plans import NOW
from appliance.optimizers import make_optimizer
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_trainer


@pytest.mark.parametrize("accurate", [False, True])
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_bound_covers_addends_that_their_grid_makes_larger(precision: str, accurate: bool) -> None:
    """Addends half a unit below a power of two are rounded up to it; the bound for the largest inputs covers that."""
    kind, count, bits = find_kind(FORMATS[precision], accurate=accurate), 4, 8
    unit = 2.0 ** -kind.find_row_bits(count, bits)
    largest = 1 - unit / 2
    term = ProductTerm(
        PortableRelu("x", FORMATS[precision]),
        "weight",
        np.full((count, 1), largest, kind.fmt.dtype),
        count,
        operand=np.full((count, 1), 2.0**bits, kind.fmt.dtype),
        bits=bits,
        kind=kind,
    )
    term.measure(NOW)
    term.check()
    term.choose(count, NOW)
    term.round(NOW)
    exact = Fraction(float(term.find_gradient(NOW)[0, 0]))
    assert exact == count << bits
    assert exact > Fraction(largest) * (count << bits)
    assert Fraction(term.bound) >= exact
    assert Fraction(term.bound) <= (Fraction(largest) + 2 * Fraction(unit)) * (count << bits)


def test_bound_of_a_velocity_covers_its_rounding() -> None:
    """A float32 velocity that decays stops above its exact limit, and so does its step; both bounds stay above."""
    rule = make_optimizer(make_config(name="momentum", momentum=0.99).optimizer, F32, portable=True)
    parameter, gradient = np.zeros(1, np.float32), np.float32(0.1)
    slot = rule.make_slot(parameter)
    slot.arrays[0].fill(30.0)
    rule.start_epoch([slot])
    rule.start_step(0.7)
    for _ in range(2000):
        parameter.fill(0.0)
        moved = rule.bound_change(float(gradient), slot)
        rule.update(parameter, np.full(1, gradient), slot.arrays)
        assert slot.bound >= float(slot.arrays[0][0])
        assert moved >= -float(parameter[0])


def test_an_epoch_starts_from_velocities_as_they_are() -> None:
    """The carried bound is replaced by the largest entry of every velocity."""
    trainer = make_trainer(make_config(name="momentum", precision="f32"), portable=True)
    trainer.reset_bounds()
    for step in range(3):
        trainer.step(Samples(*make_batch(seed=step)), 0.05)
    trainer.reset_bounds()
    for slot in trainer._list_slots().values():
        assert slot.bound == np.abs(slot.arrays[0]).max() > 0
