"""Clipping by the norm of all gradients: its value, its limits, and what it must not depend on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.numerics.formats import FORMATS
from appliance.numerics.operations import NATIVE
from appliance.numerics.plans import NOW, Immediate, Plan
from appliance.optimizers import Clipping, make_clipping
from support.networks import make_config
from support.wild import Kind
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

SHAPES = ((40, 30), (30,), (2, 3, 4, 5), (1,))
BOTH = pytest.mark.parametrize("portable", [True, False], ids=["portable", "native"])


def draw(precision: str, size: int = 0) -> list[Floats]:
    """Return gradients of some shapes."""
    kind = Kind(seed=3, name=precision, low=size - 8, high=size, cancels=False)
    return [kind.draw(f"gradient {shape}", *shape) for shape in SHAPES]


def clip(
    gradients: Sequence[Floats], limit: float, *, portable: bool = True, sizes: Sequence[int] = ()
) -> tuple[Clipping, list[Floats]]:
    """Return the clipping after it was applied, with what it made of copies of gradients."""
    fmt = FORMATS["f32" if gradients[0].dtype == np.float32 else "f64"]
    clipping = Clipping(limit, sizes or [x.size for x in gradients], fmt, portable=portable)
    changed = [np.array(x) for x in gradients]
    clipping.apply(changed, NOW if portable else Immediate(NATIVE))
    return clipping, changed


def measure(gradients: Sequence[Floats]) -> float:
    """Return the norm, correctly rounded."""
    return math.sqrt(math.fsum(float(x) * float(x) for array in gradients for x in array.flat))


@BOTH
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_the_norm_is_that_of_all_entries(precision: str, portable: bool) -> None:
    """It is within a few roundings of the exact one, for small and for large gradients."""
    for size in (-30, 0, 30):
        gradients = draw(precision, size)
        clipping, _ = clip(gradients, 1.0, portable=portable)
        assert float(clipping.norm) == pytest.approx(measure(gradients), rel=1e-12)


@BOTH
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_gradients_above_the_limit_get_its_norm(precision: str, portable: bool) -> None:
    """Every entry is multiplied by the same factor."""
    gradients = draw(precision)
    clipping, changed = clip(gradients, 0.25, portable=portable)
    assert measure(changed) == pytest.approx(0.25, rel=1e-6)
    assert float(clipping.factor) == pytest.approx(0.25 / measure(gradients), rel=1e-7)
    for before, after in zip(gradients, changed, strict=True):
        assert (after == before * clipping.factor).all()


@pytest.mark.parametrize("limit", [1e3, 1e5])
def test_gradients_below_the_limit_stay(limit: float) -> None:
    """The factor is one."""
    gradients = draw("f32")
    clipping, changed = clip(gradients, limit)
    assert float(clipping.factor) == 1.0
    assert all((a == b).all() for a, b in zip(gradients, changed, strict=True))


def test_torch_agrees() -> None:
    """As torch.nn.utils.clip_grad_norm_, which adds 1e-6 to the norm."""
    torch = pytest.importorskip("torch")
    gradients = draw("f64", 3)
    parameters = [torch.nn.Parameter(torch.zeros(x.shape, dtype=torch.float64)) for x in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(gradient)
    norm = torch.nn.utils.clip_grad_norm_(parameters, 0.5)
    clipping, changed = clip(gradients, 0.5)
    assert float(clipping.norm) == pytest.approx(norm.item(), rel=1e-13)
    for parameter, gradient in zip(parameters, changed, strict=True):
        assert gradient == pytest.approx(parameter.grad.numpy(), rel=1e-6)


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_layouts_and_rows_of_zeros_do_not_show(precision: str) -> None:
    """Other layouts, entries in another order, and rows that are left out because they are zero: the same norm."""
    gradients = draw(precision)
    gradients[0][::3] = 0.0
    expected, changed = clip(gradients, 0.5)
    others = [np.asfortranarray(gradients[0]), gradients[1][::-1], np.moveaxis(gradients[2], 0, 2), gradients[3]]
    used = np.flatnonzero(np.arange(40) % 3)
    short = [gradients[0][used], *gradients[1:]]
    assert float(clip(others, 0.5)[0].norm) == float(expected.norm)
    found, parts = clip(short, 0.5, sizes=[x.size for x in gradients])
    assert float(found.norm) == float(expected.norm)
    assert parts[0].tobytes() == changed[0][used].tobytes()


def test_the_size_of_the_whole_parameter_matters() -> None:
    """Negative control: with the size of what is there, the grid is another one for some gradients."""
    gradient = np.zeros((64, 1024), dtype=np.float64)
    gradient[0] = Kind(seed=4, name="f64", low=-30, high=0, cancels=False).draw("row", 1024)
    whole, part = clip([gradient], 1e-3)[0], clip([gradient[:1]], 1e-3)[0]
    assert float(clip([gradient[:1]], 1e-3, sizes=[gradient.size])[0].norm) == float(whole.norm)
    assert float(part.norm) != float(whole.norm)


def test_a_plan_clips_at_every_run() -> None:
    """Listed once, it reads what the arrays hold when it runs."""
    first, second = draw("f32", 1), draw("f32", 4)
    arrays, plan = [np.array(x) for x in first], Plan()
    clipping = Clipping(0.5, [x.size for x in arrays], FORMATS["f32"], portable=True)
    clipping.apply(arrays, plan)
    for gradients in (first, second, first):
        for array, gradient in zip(arrays, gradients, strict=True):
            np.copyto(array, gradient)
        plan.run()
        expected, changed = clip(gradients, 0.5)
        assert float(clipping.norm) == float(expected.norm)
        assert [x.tobytes() for x in arrays] == [x.tobytes() for x in changed]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_refused(value: float) -> None:
    """In any of the arrays."""
    gradients = draw("f32")
    gradients[2][1, 1, 1, 1] = value
    with np.errstate(invalid="ignore"), pytest.raises(NonFiniteError):
        clip(gradients, 1.0)


def test_zero_gradients_stay_zero() -> None:
    """There is nothing to divide by."""
    clipping, changed = clip([np.zeros((3, 2), np.float32)], 1.0)
    assert (float(clipping.norm), float(clipping.factor)) == (0.0, 1.0)
    assert not changed[0].any()


def test_clipping_is_made_where_it_is_configured() -> None:
    """No limit, no clipping; the rate stays out of the gradient of plain descent where there is one."""
    assert make_clipping(make_config().optimizer, [1], FORMATS["f64"], portable=True) is None
    clipping = make_clipping(make_config(clip_norm=2.0).optimizer, [4], FORMATS["f64"], portable=True)
    assert clipping is not None
    gradient = np.full(4, 2.0)
    clipping.apply([gradient])
    assert gradient.tolist() == [1.0] * 4
