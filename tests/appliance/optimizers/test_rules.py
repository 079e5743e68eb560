"""Update rules against formulas, against PyTorch where it is installed, and on hosts without subnormal numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.numerics.formats import FORMATS
from appliance.numerics.operations import NATIVE
from appliance.numerics.plans import NOW, Immediate
from appliance.optimizers import make_optimizer
from support.networks import make_config
from support.wild import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from appliance.numerics.operations import Operation
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]

RULES: dict[str, dict[str, Any]] = {
    "sgd": {"name": "sgd"},
    "sgd, decay": {"name": "sgd", "weight_decay": 0.05},
    "momentum": {"name": "momentum", "momentum": 0.8},
    "momentum, decay": {"name": "momentum", "weight_decay": 0.05},
    "nesterov": {"name": "nesterov", "momentum": 0.8},
    "nesterov, decay": {"name": "nesterov", "weight_decay": 0.05},
    "adam": {"name": "adam", "epsilon": 1e-6},
    "adam, decay": {"name": "adam", "weight_decay": 0.05, "beta1": 0.8},
    "adamw": {"name": "adamw", "weight_decay": 0.05},
    "adamw without decay": {"name": "adamw", "beta2": 0.95},
}


def make_settings(rule: str, precision: str = "f64", **changes: object) -> Any:  # noqa: ANN401 - any kind
    """Return the settings of a rule."""
    return make_config(precision=precision, **{**RULES[rule], **changes}).optimizer


def take_steps(
    config: Any,  # noqa: ANN401
    gradients: list[Floats],
    start: Floats,
    *,
    portable: bool,
    do: Do = NOW,
) -> Iterator[Floats]:
    """Yield the parameter after each step; the rate falls from step to step."""
    fmt = FORMATS["f32" if start.dtype == np.float32 else "f64"]
    rule, parameter = make_optimizer(config, fmt, portable=portable), np.array(start)
    slot = rule.make_slot(parameter)
    for number, gradient in enumerate(gradients):
        rate = config.learning_rate / (1 + number)
        rule.start_step(rate)
        given = gradient * fmt.dtype(rate) if rule.rate_in_gradient else np.array(gradient)
        rule.update(parameter, given, slot.arrays, do)
        yield np.array(parameter)


def draw_gradients(precision: str, count: int = 20) -> tuple[Floats, list[Floats]]:
    """Return a parameter (5, 3) and gradients for so many steps."""
    kind = Kind(seed=2, name=precision, low=-6, high=1, cancels=False)
    return kind.draw("start", 5, 3), [kind.draw(f"step {step}", 5, 3) for step in range(count)]


def follow_formula(config: Any, gradients: list[Floats], start: Floats) -> Floats:  # noqa: ANN401
    """Return the parameter after all steps, by the published formulas in float64."""
    w, v, m, s, name, decay = start.astype(np.float64), 0.0, 0.0, 0.0, config.tag, config.weight_decay
    for number, found in enumerate(gradients):
        g, rate, t = found.astype(np.float64), config.learning_rate / (1 + number), number + 1
        if name == "adamw":
            w = w * (1 - rate * decay)
        else:
            g = g + decay * w
        if name == "sgd":
            w = w - rate * g
        elif name in ("momentum", "nesterov"):
            mu = config.momentum
            v = mu * v + g
            w = w - rate * (g + mu * v if name == "nesterov" else v)
        else:
            b1, b2 = config.beta1, config.beta2
            m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
            w = w - rate * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + config.epsilon)
    return w


def follow_torch(config: Any, gradients: list[Floats], start: Floats) -> list[Floats]:  # noqa: ANN401
    """Return PyTorch's parameter after each step, in float64."""
    torch = pytest.importorskip("torch")
    parameter = torch.nn.Parameter(torch.tensor(start.astype(np.float64)))
    common = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
    if config.tag in ("adam", "adamw"):
        rule = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.tag]
        optimizer = rule([parameter], betas=(config.beta1, config.beta2), eps=config.epsilon, **common)
    else:
        momentum = getattr(config, "momentum", 0.0)
        optimizer = torch.optim.SGD([parameter], momentum=momentum, nesterov=config.tag == "nesterov", **common)
    found = []
    for number, gradient in enumerate(gradients):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate / (1 + number)
        parameter.grad = torch.tensor(gradient.astype(np.float64))
        optimizer.step()
        found.append(parameter.detach().numpy().copy())
    return found


ARITHMETICS = pytest.mark.parametrize(
    ("precision", "portable", "error"),
    [("f64", False, 1e-14), ("f64", True, 1e-14), ("f32", False, 3e-6), ("f32", True, 3e-6)],
    ids=["native f64", "portable f64", "native f32", "portable f32"],
)


@pytest.mark.parametrize("rule", RULES)
@ARITHMETICS
def test_rules_follow_their_formulas(rule: str, precision: str, portable: bool, error: float) -> None:
    """After 20 steps with a rate that changes, to a few roundings of the format."""
    start, gradients = draw_gradients(precision)
    config = make_settings(rule, precision)
    do = NOW if portable else Immediate(NATIVE)
    *_, last = take_steps(config, gradients, start, portable=portable, do=do)
    assert np.abs(last - follow_formula(config, gradients, start)).max() < error


@pytest.mark.parametrize("rule", RULES)
@ARITHMETICS
def test_rules_follow_torch_step_by_step(rule: str, precision: str, portable: bool, error: float) -> None:
    """Each of 20 steps of torch.optim with the same gradients."""
    start, gradients = draw_gradients(precision)
    config = make_settings(rule, precision)
    do = NOW if portable else Immediate(NATIVE)
    expected = follow_torch(config, gradients, start)
    for found, theirs in zip(take_steps(config, gradients, start, portable=portable, do=do), expected, strict=True):
        assert np.abs(found - theirs).max() < error


class Flushing(Immediate):
    """Carries out operations as a host does that takes subnormal float32 numbers for zero, before and after each."""

    def __call__(self, operation: Operation, /, *arguments: Any, **named: object) -> None:  # noqa: ANN401
        """Flush, compute, flush."""
        single = [x for x in arguments if isinstance(x, np.ndarray) and x.dtype == np.float32]
        for array in single:
            np.copyto(array, np.copysign(0.0, array), where=np.abs(array) < np.finfo(np.float32).tiny)
        super().__call__(operation, *arguments, **named)
        for array in single:
            np.copyto(array, np.copysign(0.0, array), where=np.abs(array) < np.finfo(np.float32).tiny)


@pytest.mark.parametrize("rate", [1e-6, 0.1, 100.0])
@pytest.mark.parametrize("rule", RULES)
def test_no_bit_depends_on_subnormal_numbers(rule: str, rate: float) -> None:
    """Decaying parameters and state give the same bits on hosts with and without subnormal float32 numbers."""
    # Gradients of a training are multiples of 2**-73: the unit of a grid for 2**-50 with 22 bits, and less.
    kind = Kind(seed=5, name="f32", low=-45, high=-40, cancels=False)
    gradients: list[Floats] = [np.ldexp(np.rint(np.ldexp(kind.draw(f"g {i}", 300), 70)), -70) for i in range(4)]
    gradients += [np.zeros(300, np.float32)] * 400
    start = np.ldexp(
        np.rint(np.ldexp(Kind(seed=6, name="f32", low=-45, high=-20, cancels=False).draw("w", 300), 70)), -70
    )
    start[::3] = 0.0
    decays = {"weight_decay": 0.9 if rate < 1 else 0.005} if "weight_decay" in RULES[rule] else {}
    config = make_settings(rule, "f32", learning_rate=rate, **decays)
    pairs = zip(
        take_steps(config, gradients, start, portable=True),
        take_steps(config, gradients, start, portable=True, do=Flushing(NATIVE)),
        strict=True,
    )
    assert all(a.tobytes() == b.tobytes() for a, b in pairs)


def draw_tiny(label: str, count: int) -> Floats:
    """Return multiples of 2**-124, which is what flushing leaves, of all sizes up to 2**-100, many of them zero."""
    kind = Kind(seed=7, name="f64", low=-124, high=-100, cancels=False)
    return np.ldexp(np.rint(np.ldexp(kind.draw(label, count), 124)), -124).astype(np.float32)


@pytest.mark.parametrize("rate", [1e-6, 0.1, 100.0])
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "momentum"])
def test_no_bit_depends_on_subnormal_numbers_near_zero(rule: str, rate: float) -> None:
    """Not either where parameter and state are as small as they can be; plain momentum does not promise that."""
    decays = {"weight_decay": 0.9 if rate < 1 else 0.005} if "weight_decay" in RULES[rule] else {}
    momenta = {"momentum": 0.2} if "momentum" in rule or "nesterov" in rule else {}
    config, found = make_settings(rule, "f32", learning_rate=rate, **decays, **momenta), []
    for do in (NOW, Flushing(NATIVE)):
        optimizer, parameter = make_optimizer(config, FORMATS["f32"], portable=True), draw_tiny("w", 2000)
        slot = optimizer.make_slot(parameter)
        for number, array in enumerate(slot.arrays):
            np.copyto(array, np.abs(draw_tiny(f"state {number}", 2000)) if number else draw_tiny("state", 2000))
        for _ in range(3):
            optimizer.start_step(rate)
            optimizer.update(parameter, np.zeros(2000, np.float32), slot.arrays, do)
        found.append([array.tobytes() for array in (parameter, *slot.arrays)])
    assert found[0] == found[1]


def test_subnormal_numbers_would_be_noticed() -> None:
    """Negative control: without the flushing of portable rules, hosts differ."""
    config = make_settings("momentum", "f32", momentum=0.5)
    start, gradients = (
        np.zeros(300, np.float32),
        [np.full(300, 2.0**-45, np.float32)] + [np.zeros(300, np.float32)] * 90,
    )
    velocities = []
    for do in (NOW, Flushing(NATIVE)):
        rule = make_optimizer(config, FORMATS["f32"], portable=False)
        slot = rule.make_slot(start)
        for gradient in gradients:
            rule.start_step(0.1)
            rule.update(np.array(start), np.array(gradient), slot.arrays, do)
        velocities.append(slot.arrays[0].tobytes())
    assert velocities[0] != velocities[1]


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("rule", RULES)
def test_no_step_is_longer_than_its_bound(rule: str, precision: str) -> None:
    """`bound_change` holds for every entry of every step; infinity means that the parameter is measured."""
    start, gradients = draw_gradients(precision, 60)
    config = make_settings(rule, precision)
    optimizer, parameter = make_optimizer(config, FORMATS[precision], portable=True), np.array(start)
    slot = optimizer.make_slot(parameter)
    bounds = []
    for number, gradient in enumerate(gradients):
        optimizer.start_epoch([slot] if number % 25 == 0 else [])
        optimizer.start_step(0.1)
        given = gradient * parameter.dtype.type(0.1) if optimizer.rate_in_gradient else np.array(gradient)
        bound = optimizer.bound_change(float(np.abs(given).max()), slot)
        before = parameter.astype(np.float64)
        optimizer.update(parameter, given, slot.arrays)
        assert (
            np.abs(parameter - before).max() <= bound * (1 + 2**-10) + np.abs(before).max() * np.finfo(start.dtype).eps
        )
        bounds.append(bound)
    measured = "decay" in rule or "adam" in rule
    assert set(bounds) == {math.inf} if measured else max(bounds) < 10.0


@pytest.mark.parametrize("rule", RULES)
def test_blocks_and_layouts_do_not_show(rule: str) -> None:
    """A parameter that is updated row by row, or lies otherwise in memory, gets the same bits."""
    start, gradients = draw_gradients("f32", 5)
    config = make_settings(rule, "f32")
    *_, expected = take_steps(config, gradients, start, portable=True)
    *_, turned = take_steps(config, [np.asfortranarray(g) for g in gradients], np.asfortranarray(start), portable=True)
    assert turned.tolist() == expected.tolist()
    optimizer, parameter = make_optimizer(config, FORMATS["f32"], portable=True), np.array(start)
    slot = optimizer.make_slot(parameter)
    for number, gradient in enumerate(gradients):
        rate = config.learning_rate / (1 + number)
        optimizer.start_step(rate)
        given = gradient * np.float32(rate) if optimizer.rate_in_gradient else np.array(gradient)
        for row in range(5):
            optimizer.update(parameter[row : row + 1], given[row : row + 1], slot.cut(row, row + 1))
    assert parameter.tobytes() == expected.tobytes()


@pytest.mark.parametrize("rule", RULES)
def test_rules_say_whether_a_parameter_moves_without_a_gradient(rule: str) -> None:
    """Only then may a training leave out rows of a weight with gradients that are always zero."""
    start, _ = draw_gradients("f32")
    config = make_settings(rule, "f32")
    *_, last = take_steps(config, [np.zeros_like(start)] * 3, start, portable=True)
    optimizer = make_optimizer(config, FORMATS["f32"], portable=True)
    assert optimizer.moves_without_gradient == (last.tobytes() != start.tobytes()) == (config.weight_decay > 0)
