"""What is broken on purpose, so that verification must notice it: trainings, goldens, the host."""

from __future__ import annotations

import math
import tempfile
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

from appliance.config import load_config
from appliance.numerics import operations
from appliance.training.execute import certify_shapes, run_training
from appliance.verification.retraining import Retraining, judge_configs
from verify.catalogue.table import find_check
from verify.conformance import operations as probes
from verify.conformance.broken import (
    is_transposed,
    multiply_flushing,
    multiply_wrongly_where,
    round_product,
)
from verify.conformance.certificate import certify
from verify.files.golden import GOLDEN, seal
from verify.files.goldens import locate_golden, read_golden
from verify.files.writing import write_whole
from verify.host.flushing import flush_to_zero
from verify.results import conclude, make_result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from appliance.config import Config
    from appliance.training.record import Record
    from verify.conformance.broken import Product
    from verify.results import Result, Status, Verdict

    Numbers = NDArray[Any]
    # Breaks something inside its block, in the host or in the training or in the goldens.
    Breaking = Callable[["World"], AbstractContextManager[None]]

# When something is broken: from the beginning, during the training only, or from the training until the end.
Moment = Literal["before", "during", "since"]
_CONFIG = "smoke"


@attrs.frozen(kw_only=True)
class Control:
    """One way to break a training or a golden, and the verdict that it must get."""

    id: str
    breaking: Breaking
    moment: Moment
    expected: Verdict

    @property
    def title(self) -> str:
        """What is broken, from the table of checks."""
        return find_check(self.id).title


def _keep(config: Config) -> Config:
    return config


@attrs.define(kw_only=True)
class World:
    """What a verification works with.

    Args:
        golden_dir: the directory of the goldens; None for those that ship.
        probed: the operations that the certificate probes.
        planned: the operations that trainings are planned with.
        change: what becomes of a configuration before it is trained.
    """

    golden_dir: Path | None = None
    probed: probes.Operations = probes.NUMPY
    planned: operations.Operations = operations.PORTABLE
    change: Callable[[Config], Config] = _keep


@contextmanager
def _round_products(world: World) -> Iterator[None]:
    """Plan trainings with a product that rounds, and let the certificate probe that product."""
    with _multiply_with(world, round_product):
        yield


@contextmanager
def _multiply_with(world: World, product: Product) -> Iterator[None]:
    """Plan trainings with another product, and let the certificate probe it."""
    world.probed = attrs.evolve(probes.NUMPY, matmul=product)
    world.planned = {**operations.PORTABLE, "matmul": product}
    yield
    world.probed, world.planned = probes.NUMPY, operations.PORTABLE


def _break_layout(world: World) -> AbstractContextManager[None]:
    """Multiply wrongly where the left operand is transposed, as for the gradients of weights."""
    return _multiply_with(world, multiply_wrongly_where(lambda left, _: is_transposed(left)))


def _break_shape(world: World) -> AbstractContextManager[None]:
    """Multiply wrongly in one shape of the evaluation."""
    return _multiply_with(world, multiply_wrongly_where(lambda left, right: left.shape[0] > right.shape[0] * 2))


def _break_last_bit(world: World) -> AbstractContextManager[None]:
    """Change the last bit of one element of the products with ten columns."""
    wrong = multiply_wrongly_where(lambda _, right: right.shape[1] == 10, last_bit=True)  # noqa: PLR2004 - classes
    return _multiply_with(world, wrong)


@contextmanager
def _flush_short(world: World) -> Iterator[None]:
    """Flush subnormal float32 products to zero; portable arithmetic has none."""
    world.probed = attrs.evolve(probes.NUMPY, multiply=multiply_flushing)
    world.planned = {**operations.PORTABLE, "multiply": multiply_flushing}
    yield
    world.probed, world.planned = probes.NUMPY, operations.PORTABLE


@contextmanager
def _change_rate(world: World) -> Iterator[None]:
    """Train with a learning rate that is one float64 number larger."""
    world.change = _nudge_rate
    yield


def _nudge_rate(config: Config) -> Config:
    rate = math.nextafter(config.optimizer.learning_rate, 1.0)
    return attrs.evolve(config, optimizer=attrs.evolve(config.optimizer, learning_rate=rate))


@contextmanager
def _reorder_sums(world: World) -> Iterator[None]:
    """Plan trainings with a sum of addends that are off their grid, added in reverse order."""

    def add(x: Numbers, axis: int, dtype: None, out: Numbers) -> None:
        np.add.reduce(x[::-1] * x.dtype.type(1.0 + 2.0**-20), axis=axis, dtype=dtype, out=out)

    world.planned = {**operations.PORTABLE, "add.reduce": add}
    yield
    world.planned = operations.PORTABLE


@contextmanager
def _switch_subnormals_off(_: World) -> Iterator[None]:
    with flush_to_zero() as done:
        if not done:
            raise NotImplementedError
        yield


def _break_seal(world: World) -> AbstractContextManager[None]:
    return _flip_bit(world, "run", sealed=False)


def _replace_weights(world: World) -> AbstractContextManager[None]:
    return _flip_bit(world, "final_weights", sealed=True)


@contextmanager
def _flip_bit(world: World, name: str, *, sealed: bool) -> Iterator[None]:
    """Judge by a golden that has one bit of the digest `name` flipped; `sealed` renews its seal."""
    golden = read_golden(locate_golden(_CONFIG))
    digest = str(getattr(golden.digests, name))
    flipped = {name: digest[:-1] + f"{int(digest[-1], 16) ^ 1:x}"}
    golden = attrs.evolve(golden, digests=attrs.evolve(golden.digests, **flipped))
    with tempfile.TemporaryDirectory() as folder:
        write_whole(locate_golden(_CONFIG, Path(folder)), GOLDEN.format(seal(golden) if sealed else golden))
        world.golden_dir = Path(folder)
        yield


CONTROLS = (
    Control(id="K101", breaking=_round_products, moment="during", expected="could-not-judge"),
    Control(id="K102", breaking=_reorder_sums, moment="during", expected="could-not-judge"),
    Control(id="K103", breaking=_switch_subnormals_off, moment="before", expected="could-not-judge"),
    Control(id="K104", breaking=_break_seal, moment="before", expected="could-not-judge"),
    Control(id="K105", breaking=_replace_weights, moment="before", expected="different"),
    Control(id="K106", breaking=_switch_subnormals_off, moment="since", expected="could-not-judge"),
    Control(id="K107", breaking=_round_products, moment="before", expected="could-not-judge"),
    Control(id="K108", breaking=_round_products, moment="since", expected="could-not-judge"),
    Control(id="K109", breaking=_break_layout, moment="during", expected="could-not-judge"),
    Control(id="K110", breaking=_break_shape, moment="during", expected="could-not-judge"),
    Control(id="K111", breaking=_break_last_bit, moment="during", expected="could-not-judge"),
    Control(id="K112", breaking=_flush_short, moment="before", expected="identical"),
    Control(id="K113", breaking=_change_rate, moment="before", expected="different"),
)


def _judge(breaking: Breaking, moment: Moment) -> Verdict:
    """Return the verdict of a verification in which something is broken at that moment."""
    world = World()
    with ExitStack() as lasting:

        def train(config: Config, **named: Any) -> Record:  # noqa: ANN401 - as run_training
            with ExitStack() as passing:
                if moment != "before":
                    (passing if moment == "during" else lasting).enter_context(breaking(world))
                # The host is probed as it was before a break that lasts for the training only.
                probed = probes.NUMPY if moment == "during" else world.probed
                look = partial(certify_shapes, operations=probed)
                return run_training(world.change(config), operations=world.planned, certify=look, **named)

        if moment == "before":
            lasting.enter_context(breaking(world))
        settings = Retraining(
            golden_dir=world.golden_dir,
            train=train,
            certify=lambda title: certify(title, operations=world.probed),
        )
        return conclude(*judge_configs([load_config(_CONFIG)], settings))


def try_trainings() -> list[Result]:
    """Try every control: pass if the verdict is the expected one, fail if it is not; the unbroken training last."""
    return [*(try_control(control) for control in CONTROLS), _try_sound()]


def try_control(control: Control) -> Result:
    """Break one thing and compare the verdict with the expected one; info where this host cannot be broken so."""
    try:
        found = _judge(control.breaking, control.moment)
    except NotImplementedError:
        return make_result(control.id, "info", title=f"not possible on this host: {control.title}")
    noticed = found == control.expected
    title = f"{'noticed' if noticed else 'not noticed'}: {control.title}"
    return make_result(control.id, "pass" if noticed else "fail", expected=control.expected, found=found, title=title)


def _try_sound() -> Result:
    """Judge the same training unbroken: a program that always reports a difference would pass all other controls."""
    found = _judge(lambda _: nullcontext(), "before")
    status: Status = "pass" if found == "identical" else "fail"
    return make_result("K100", status, expected="identical", found=found)
