"""Attention: what a position sees, one token that takes nearly all of it, and shapes that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.errors import ConfigurationError
from appliance.layers.attention_arithmetic import PortableArithmetic
from appliance.model import ForwardPasses, build_network
from appliance.numerics.formats import F32, F64, find_kind
from appliance.numerics.operations import PORTABLE
from appliance.numerics.piecewise import Scratch
from appliance.numerics.plans import NOW
from appliance.numerics.stacks import multiply_stacks
from appliance.streams import draw_uniform
from support.networks import make_config
from verify.conformance.freivalds import ExactChecker
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from appliance.model import Network
    from support.small_layers import Floats, Table


def build(tables: list[Table], shape: tuple[int, ...], outputs: int, *, portable: bool = True) -> Network:
    """Return a network of plain values in float32; native: in float64."""
    settings = {**make_config(precision="f32" if portable else "f64").settings(), "model": {"layers": tables}}
    config = parse_settings(settings, where="a test")
    return build_network(config, shape, outputs, portable=portable, is_bytes=False)


def dense(units: int) -> Table:
    """Return the settings of a dense layer that ends a network."""
    return {"kind": "dense", "units": units}


@pytest.mark.parametrize("portable", [False, True])
def test_causal_attention_sees_no_later_position(*, portable: bool) -> None:
    """A change of position 3 changes the outputs of positions 3 and 4 only; without `causal` all of them change."""
    features = (draw_uniform(5 * 6, 1, "features").reshape(1, 30) * 2 - 1).astype(np.float32)
    other = features.copy()
    other[0, 18:24] += 1
    for causal, expected in ((True, [3, 4]), (False, [0, 1, 2, 3, 4])):
        table = {"kind": "attention", "heads": 2, "causal": causal}
        network = build([table, dense(2)], (5, 6), 2, portable=portable)
        forward = ForwardPasses(network)
        outputs = []
        for batch in (features, other):
            found = forward.plan(1)
            found.run(batch)
            outputs.append(found.signals[1].values.copy())
        changed = np.flatnonzero((outputs[0] != outputs[1]).any(axis=(0, 2)))
        assert changed.tolist() == expected


def test_later_positions_have_no_share_at_all() -> None:
    """Exactly 0, not the smallest exponential, also where the later score is by far the largest."""
    arithmetic = PortableArithmetic(find_kind(F32, accurate=True))
    scores = draw_uniform(2 * 4 * 4, 1, "scores").reshape(2, 4, 4)
    scores[0, 1, 3] = 1000.0
    allowed, shares = np.tri(4), np.empty((2, 4, 4))
    arithmetic.normalize(scores, allowed, shares, NOW)
    assert np.array_equal(shares > 0, np.broadcast_to(allowed > 0, shares.shape))
    np.testing.assert_allclose(shares.sum(axis=2), 1, rtol=1e-14)


def test_a_sink_token_among_200_positions() -> None:
    """Scores of one key lie far above the others, which share the rest: float32 is near native float64."""
    table = {"kind": "attention", "heads": 1}
    networks = [build([table, dense(2)], (200, 4), 2, portable=portable) for portable in (True, False)]
    features = (draw_uniform(800, 1, "features").reshape(1, 800) * 2 - 1).astype(np.float32)
    features[0, :4] *= 8
    outputs = []
    for network in networks:
        forward = ForwardPasses(network).plan(1)
        forward.run(features)
        outputs.append(forward.signals[1].values.astype(np.float64))
    assert np.linalg.norm(outputs[0] - outputs[1]) < 1e-5 * np.linalg.norm(outputs[1])


@pytest.mark.parametrize(
    ("tables", "shape", "says"),
    [
        ([{"kind": "attention", "heads": 4}, dense(2)], (5, 6), "4 heads"),
        ([{"kind": "attention", "heads": 1}, dense(2)], (6,), "a sequence"),
        ([{"kind": "positions"}, dense(2)], (6,), "a sequence"),
        ([{"kind": "mean_positions"}, dense(2)], (1, 5, 6), "a sequence"),
        ([{"kind": "layer_norm"}, dense(2)], (1, 5, 6), "a sequence"),
        ([{"kind": "residual", "layers": [dense(4)]}, dense(2)], (6,), "an output of shape"),
        ([dense(3), {"kind": "embedding", "entries": 4, "units": 2}, dense(2)], (6,), "after other layers"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(tables: list[Table], shape: tuple[int, ...], says: str) -> None:
    """With an error that says what was expected and found."""
    with pytest.raises(ConfigurationError, match=says) as found:
        build(tables, shape, 2)
    assert found.value.expected


@pytest.mark.parametrize("fmt", [F32, F64])
@pytest.mark.parametrize("accurate", [False, True])
@pytest.mark.parametrize("by_rows", [False, True])
@pytest.mark.parametrize("length", [1, 3, 300, 2500])
def test_products_of_stacks_are_exact(fmt: Any, *, accurate: bool, length: int, by_rows: bool) -> None:  # noqa: ANN401 - a format
    """The checker finds every product right, for transposed operands, too, and one changed entry wrong."""
    kind = find_kind(fmt, accurate=accurate)
    left, right = (draw_uniform(3 * 4 * length, seed, "operand") * 2 - 1 for seed in (1, 2))
    a: Floats = left.reshape(3, 4, length).astype(kind.fmt.dtype)
    b: Floats = right.reshape(3, 4, length).astype(kind.fmt.dtype).swapaxes(1, 2)
    checker, products = ExactChecker(always=True), list[tuple[Any, ...]]()

    def do(operation: str, *arguments: Any, **named: object) -> None:  # noqa: ANN401 - passed on
        PORTABLE[operation](*arguments, **named)
        if operation == "matmul":
            products.append(tuple(np.array(argument) for argument in arguments))
        checker.check(operation, arguments)

    out = np.empty((3, 4, 4), dtype=kind.fmt.dtype)
    multiply_stacks(a, b, out, kind, Scratch(kind.fmt.dtype), do, by_rows=by_rows)  # type: ignore[arg-type]
    assert len(products) == len(kind.split(length))
    expected = np.matmul(a.astype(np.float64), b.astype(np.float64))
    np.testing.assert_allclose(out, expected, atol=(0.02 if kind.name == "fast" and fmt is F32 else 1e-4) * length**0.5)
    wrong = products[0][2]
    wrong[1, 2, 3] += np.spacing(np.abs(wrong).max())
    with pytest.raises(CouldNotJudgeError):
        checker.check("matmul", products[0])
