"""Operands of products: small whole numbers of their units, so that no sum of a piece is rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config.layers import DenseConfig
from appliance.layers.layer import InputSpec
from appliance.numerics.formats import FORMATS, find_kind
from appliance.numerics.operations import PORTABLE
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_trainer
from support.single_layers import build_layer, draw, find_units, pass_through

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.plans import Stage

    Floats = NDArray[np.floating[Any]]


class Sizes:
    """Finds the largest operands of the products of steps, in units, by the role of the product.

    Attributes:
        left, right: the largest operands, by the last part of the stage's name.
        sums: the largest sum of magnitudes of terms, in units.
        inexact: operands that float16 does not have.
    """

    def __init__(self) -> None:
        self.left: dict[str, float] = {}
        self.right: dict[str, float] = {}
        self.sums = 0.0
        self.inexact = 0
        self._seen: list[tuple[float, float]] = []

    def multiply(self, left: Floats, right: Floats, out: Floats) -> object:
        """Multiply, and look at the operands: whole numbers, and whole numbers of each column's unit."""
        whole = right.astype(np.float64) / find_units(right)
        assert (left == np.rint(left)).all()
        assert (whole == np.rint(whole)).all()
        for operand in (left, whole):
            with np.errstate(over="ignore"):
                self.inexact += int((operand.astype(np.float16).astype(np.float64) != operand).sum())
        self._seen.append((float(np.abs(left).max(initial=0)), float(np.abs(whole).max(initial=0))))
        self.sums = max(self.sums, float(np.matmul(np.abs(left).astype(np.float64), np.abs(whole)).max(initial=0)))
        return np.matmul(left, right, out=out)

    def observe(self, stage: Stage) -> None:
        """Sort what was seen into the roles."""
        role = stage.name.rpartition(".")[2]
        for left, right in self._seen:
            self.left[role] = max(self.left.get(role, 0.0), left)
            self.right[role] = max(self.right.get(role, 0.0), right)
        self._seen.clear()


SHAPES = [
    ((784, 10), 16),
    ((784, 1, 264, 10), 7),
    ((784, 300, 20, 10), 64),
    ((784, 1030, 10), 3),
    ((784, 5, 600, 10), 257),
    ((784, 40, 10), 700),
]


@pytest.mark.parametrize(("layers", "size"), SHAPES)
def test_operands_of_fast_products_are_small_whole_numbers(layers: tuple[int, ...], size: int) -> None:
    """At most 2**8 units on the left, 2**11 elsewhere, all of them numbers of float16; sums fit the accumulator."""
    sizes = Sizes()
    config = make_config(layers=layers, precision="f32", name="momentum", learning_rate=0.5)
    trainer = make_trainer(config, operations={**PORTABLE, "matmul": sizes.multiply})
    trainer.reset_bounds()
    with trainer.select_columns(None):
        for step in range(4):
            trainer.step(Samples(*make_batch(size, seed=step)), 0.5, sizes.observe)
    assert sizes.inexact == 0
    assert sizes.left["output"] <= 2**8
    assert sizes.left["update"] <= 2**8
    assert max(*sizes.left.values(), *sizes.right.values()) <= 2**11
    assert sizes.sums <= 2**24
    assert max(sizes.right.values()) > 2**6
    if len(layers) > 2:
        assert sizes.left["input_gradient"] > 2**7


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_operands_of_accurate_products_fit_their_accumulator(precision: str) -> None:
    """At most 21 or 22 bits on the left of a forward product, sums of at most 2**53 units."""
    sizes = Sizes()
    operations = {**PORTABLE, "matmul": sizes.multiply}
    layer = build_layer(DenseConfig(units=70, product="accurate"), InputSpec(shape=(40,)), precision)
    pass_through(layer, draw("x", 90, 40), draw("dy", 90, 70), operations=operations)
    bits = find_kind(FORMATS[precision], accurate=True).left_bits
    assert 2 ** (bits - 1) < max(left for left, _ in sizes._seen) <= 2**31
    assert 2**40 < sizes.sums <= 2**53
