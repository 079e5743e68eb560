"""What is broken on purpose, so that verification must notice it: trainings, goldens, the host."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

from appliance.config import load_config
from appliance.numerics import operations
from appliance.training.execute import run_training
from appliance.verification.retraining import Retraining, judge_configs
from verify.catalogue.table import find_check
from verify.conformance import operations as probes
from verify.conformance.broken import round_product
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


@attrs.define(kw_only=True)
class World:
    """What a verification works with.

    Args:
        golden_dir: the directory of the goldens; None for those that ship.
        probed: the operations that the certificate probes.
        planned: the operations that trainings are planned with.
    """

    golden_dir: Path | None = None
    probed: probes.Operations = probes.NUMPY
    planned: operations.Operations = operations.PORTABLE


@contextmanager
def _round_products(world: World) -> Iterator[None]:
    """Plan trainings with a product that rounds, and let the certificate probe that product."""
    world.probed = attrs.evolve(probes.NUMPY, matmul=round_product)
    world.planned = {**operations.PORTABLE, "matmul": round_product}
    yield
    world.probed, world.planned = probes.NUMPY, operations.PORTABLE


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
    Control(id="K101", breaking=_round_products, moment="during", expected="different"),
    Control(id="K102", breaking=_reorder_sums, moment="during", expected="different"),
    Control(id="K103", breaking=_switch_subnormals_off, moment="before", expected="could-not-judge"),
    Control(id="K104", breaking=_break_seal, moment="before", expected="could-not-judge"),
    Control(id="K105", breaking=_replace_weights, moment="before", expected="different"),
    Control(id="K106", breaking=_switch_subnormals_off, moment="since", expected="could-not-judge"),
    Control(id="K107", breaking=_round_products, moment="before", expected="could-not-judge"),
    Control(id="K108", breaking=_round_products, moment="since", expected="could-not-judge"),
)


def _judge(breaking: Breaking, moment: Moment) -> Verdict:
    """Return the verdict of a verification in which something is broken at that moment."""
    world = World()
    with ExitStack() as lasting:

        def train(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as run_training
            with ExitStack() as passing:
                if moment != "before":
                    (passing if moment == "during" else lasting).enter_context(breaking(world))
                return run_training(*arguments, operations=world.planned, **named)

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
