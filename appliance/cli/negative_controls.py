"""Trainings broken on purpose, each of which `verify` must notice."""

# ruff: noqa: PLC0415 - what loads NumPy is imported after the environment has been set

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import attrs

from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from verify.results import Verdict

    # Breaks a training inside its block; yields the directory of the goldens to judge by, None for those that ship.
    Breaking = Callable[[], AbstractContextManager[Path | None]]

_CONFIG = "smoke"


# The operations that trainings are planned with while something is broken.
_BROKEN: dict[str, Any] = {}


@contextmanager
def _plan_with(**operations: Any) -> Iterator[None]:  # noqa: ANN401 - functions of any signature
    from appliance.numerics.operations import PORTABLE

    _BROKEN["operations"] = {**PORTABLE, **operations}
    try:
        yield
    finally:
        _BROKEN.clear()


@contextmanager
def _round_products() -> Iterator[None]:
    """Plan trainings with a product that rounds, and let the certificate try that product."""
    from verify.conformance import certificate
    from verify.conformance.broken import round_product
    from verify.conformance.operations import NUMPY

    rounding = partial(certificate.certify, operations=attrs.evolve(NUMPY, matmul=round_product))
    with mock.patch.object(certificate, "certify", rounding), _plan_with(matmul=round_product):
        yield


@contextmanager
def _reorder_sums() -> Iterator[None]:
    """Plan trainings with a sum whose addends are off their grid, added from the last to the first."""
    import numpy as np

    def add(x: Any, axis: int, dtype: Any, out: Any) -> None:  # noqa: ANN401 - as numpy.add.reduce
        np.add.reduce(x[::-1] * x.dtype.type(1.0 + 2.0**-20), axis, dtype, out)

    with _plan_with(**{"add.reduce": add}):
        yield


@contextmanager
def _switch_subnormals_off() -> Iterator[None]:
    from verify.host.flushing import flush_to_zero

    with flush_to_zero() as done:
        if not done:
            raise NotImplementedError
        yield


@contextmanager
def _flip_bit(place: str, *, sealed: bool) -> Iterator[Path]:
    """Yield a directory with a golden, one bit of whose digest of that name is flipped; sealed anew if asked."""
    from verify.files.golden import GOLDEN, seal
    from verify.files.goldens import locate_golden, read_golden
    from verify.files.writing import write_whole

    golden = read_golden(locate_golden(_CONFIG))
    digest = str(getattr(golden.digests, place))
    flipped = {place: digest[:-1] + f"{int(digest[-1], 16) ^ 1:x}"}
    golden = attrs.evolve(golden, digests=attrs.evolve(golden.digests, **flipped))
    with tempfile.TemporaryDirectory() as folder:
        write_whole(locate_golden(_CONFIG, Path(folder)), GOLDEN.format(seal(golden) if sealed else golden))
        yield Path(folder)


# When a control breaks something: before all, during the training alone, or from the training on.
BEFORE, DURING, SINCE = "before", "during", "since"

CONTROLS: tuple[tuple[str, str, Breaking, str, Verdict], ...] = (
    ("K101", "a product that rounds while training", _round_products, DURING, "different"),
    ("K102", "a sum in another order, off its grid", _reorder_sums, DURING, "different"),
    ("K103", "subnormal numbers switched off", _switch_subnormals_off, BEFORE, "could-not-judge"),
    ("K104", "a golden with one bit flipped", lambda: _flip_bit("run", sealed=False), BEFORE, "could-not-judge"),
    ("K105", "a golden of other weights, sealed", lambda: _flip_bit("final_weights", sealed=True), BEFORE, "different"),
    ("K106", "subnormal numbers switched off while training", _switch_subnormals_off, SINCE, "could-not-judge"),
    ("K107", "a product that rounds from the start", _round_products, BEFORE, "could-not-judge"),
    ("K108", "a product that rounds since the training", _round_products, SINCE, "could-not-judge"),
)


def _judge(breaking: Breaking, moment: str) -> Verdict:
    """Return the verdict of `verify` with something broken at that moment."""
    from appliance.cli.verifying import judge_configs
    from appliance.config import load_config
    from appliance.training import execute
    from verify.results import conclude

    real = execute.run_training
    with ExitStack() as lasting:

        def train(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as run_training
            with ExitStack() as passing:
                (passing if moment == DURING else lasting).enter_context(breaking())
                named.update(_BROKEN)
                return real(*arguments, **named)

        directory = None
        if moment == BEFORE:
            directory = lasting.enter_context(breaking())
        else:
            lasting.enter_context(mock.patch.object(execute, "run_training", train))
        return conclude(*judge_configs([load_config(_CONFIG)], golden_dir=directory))


def try_trainings() -> list[Result]:
    """Break training or golden in every known way: pass where the verdict is the one it must be, fail where not."""
    results = []
    for number, title, breaking, moment, expected in CONTROLS:
        try:
            found = _judge(breaking, moment)
        except NotImplementedError:
            results.append(Result(id=number, title=f"cannot be done on this host: {title}", status="info"))
            continue
        noticed = found == expected
        results.append(
            Result(
                id=number,
                title=f"{'noticed' if noticed else 'not noticed'}: {title}",
                status="pass" if noticed else "fail",
                expected=expected,
                found=found,
            )
        )
    results.append(_try_sound())
    return results


def _try_sound() -> Result:
    """Judge the same training unbroken, or the controls would pass in a program that always turns red."""
    found = _judge(nullcontext, BEFORE)
    return Result(
        id="K100",
        title="nothing broken: identical",
        status="pass" if found == "identical" else "fail",
        expected="identical",
        found=found,
    )
