"""Writes docs/trust.md: hosts broken on purpose, with the answers of certify, verify and train.

python -m delivery.trust docs/trust.md
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.config import load_config
from appliance.numerics.operations import PORTABLE
from appliance.training.execute import certify_shapes, run_training
from appliance.verification.retraining import Retraining, judge_configs
from verify.conformance import broken
from verify.conformance.certificate import certify
from verify.conformance.operations import NUMPY, Operations
from verify.errors import CouldNotJudgeError
from verify.files.goldens import locate_golden, read_golden
from verify.files.writing import write_whole
from verify.host.control_word import change_control_word
from verify.host.flushing import flush_to_zero
from verify.rendering.tables import Table, render_markdown
from verify.results import conclude

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from appliance.config import Config
    from appliance.training.record import Record
    from verify.conformance.certificate import Certificate

    Numbers = broken.Numbers
    Product = broken.Product

_ROUND_UP, _ROUNDING = 0x4000, 0x6000  # of MXCSR: towards plus infinity; the field
_MXCSR = 28  # its place in glibc's fenv_t on x86-64


@attrs.frozen(kw_only=True)
class Host:
    """A host that is broken in one way.

    Args:
        title: what is broken.
        probed: the operations that the certificate sees there.
        planned: the operations that differ in trainings there, by name.
        breaking: breaks the process itself; yields False where that is not possible.
        configs: what is verified and trained there.
        begin: called before each certificate and each training, so that no answer depends on those before it.
    """

    title: str
    probed: Operations = NUMPY
    planned: Mapping[str, Callable[..., object]] = attrs.field(factory=dict)
    breaking: Callable[[], AbstractContextManager[bool]] | None = None
    configs: tuple[str, ...] = ("smoke", "smoke-f64")
    begin: Callable[[], None] = lambda: None


@attrs.frozen(kw_only=True)
class Answer:
    """The answers on one host: probes that fail, the verdict of verify, what train does, and what it does unseen."""

    certify: str
    verify: str
    train: str
    unseen: str


def _product(title: str, product: Product) -> Host:
    return Host(title=title, probed=attrs.evolve(NUMPY, matmul=product), planned={"matmul": product})


def _where(title: str, condition: Callable[[Numbers, Numbers], bool], *, last_bit: bool = False) -> Host:
    return _product(title, broken.multiply_wrongly_where(condition, last_bit=last_bit))


def _transform(function: Callable[[Numbers, Numbers], Numbers]) -> Product:
    """Return a product that also writes into a third matrix."""

    def multiply(left: Numbers, right: Numbers, out: Numbers | None = None) -> Numbers:
        found = function(left, right)
        if out is None:
            return found
        out[...] = found
        return out

    return multiply


def _strassen(left: Numbers, right: Numbers, levels: int) -> Numbers:
    """Multiply by Strassen's seven products of sums of blocks, where all sizes are even."""
    if not levels or any(size % 2 or not size for size in (*left.shape, *right.shape)):
        return np.asarray(left @ right)
    a, b, c, d = _quarter(left)
    e, f, g, h = _quarter(right)
    multiply = partial(_strassen, levels=levels - 1)
    p, q, r, s = multiply(a + d, e + h), multiply(c + d, e), multiply(a, f - h), multiply(d, g - e)
    t, u, v = multiply(a + b, h), multiply(c - a, e + f), multiply(b - d, g + h)
    return np.block([[p + s - t + v, r + t], [q + s, p - q + r + u]])


def _quarter(x: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    rows, columns = x.shape[0] // 2, x.shape[1] // 2
    return x[:rows, :columns], x[:rows, columns:], x[rows:, :columns], x[rows:, columns:]


def _sometimes(title: str, period: int) -> Host:
    """Return a host with a product that is wrong at every call whose number is a multiple of `period`."""
    calls = count(1)

    def begin() -> None:
        nonlocal calls
        calls = count(1)

    wrong = broken.multiply_wrongly_where(lambda *_: next(calls) % period == 0, last_bit=True)
    return attrs.evolve(_product(title, wrong), begin=begin)


def _accumulate_short(left: Numbers, right: Numbers) -> Numbers:
    short = np.float32 if left.dtype == np.float64 else np.float16
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(left.astype(short) @ right.astype(short)).astype(left.dtype)


def _add_wrongly(x: Numbers, axis: int, dtype: None, out: Numbers) -> None:
    np.add.reduce(x * x.dtype.type(1.0 + np.finfo(x.dtype).eps), axis=axis, dtype=dtype, out=out)


def _add_backwards(x: Numbers, axis: int, dtype: None, out: Numbers) -> None:
    np.add.reduce(x[::-1], axis=axis, dtype=dtype, out=out)


def _round_halves_up(x: Numbers, *rest: Numbers) -> Numbers:
    found = np.floor(x + x.dtype.type(0.5))
    if rest:
        rest[0][...] = found
    return np.asarray(found)


def _estimate_root(x: Numbers, *rest: Any, **named: Any) -> Numbers:  # noqa: ANN401 - as numpy.sqrt
    root = np.sqrt(x, **{key: value for key, value in named.items() if key == "dtype"})
    found = root * (1 + 2 * np.finfo(root.dtype).eps)
    if rest:
        np.copyto(rest[0], found, casting="same_kind")
    return np.asarray(found)


def _negate_zeros(left: Numbers, right: Numbers) -> Numbers:
    found = np.asarray(left @ right)
    found[found == 0.0] = -0.0
    return found


def _reverse(left: Numbers, right: Numbers) -> Numbers:
    return np.asarray(np.ascontiguousarray(left[:, ::-1]) @ np.ascontiguousarray(right[::-1]))


def _lose_column(left: Numbers, right: Numbers) -> Numbers:
    found = np.asarray(left @ right)
    if found.shape[1] > 1:
        found[:, -1] = found[:, -2]
    return found


def _give_nan(left: Numbers, right: Numbers) -> Numbers:
    found = np.asarray(left @ right)
    if len(left) > 50:  # noqa: PLR2004 - some shapes only
        found[0, 0] = np.nan
    return found


@contextmanager
def _round_upwards() -> Iterator[bool]:
    restore = change_control_word(_MXCSR, _ROUNDING, _ROUND_UP) if sys.platform == "linux" else None
    yield restore is not None
    if restore is not None:
        restore()


HOSTS = (
    Host(title="nothing"),
    _product("products: operands rounded to 11 bits (TF32), float64 to 32", _transform(broken.shorten_operands)),
    _product("products: results changed in their last bits", broken.round_product),
    _where("products: operands of 7 bits, always", lambda a, b: True),  # noqa: ARG005
    _where("products: transposed left operand", lambda a, b: broken.is_transposed(a)),  # noqa: ARG005
    _where("products: transposed right operand", lambda a, b: broken.is_transposed(b)),  # noqa: ARG005
    _where("products: leading dimension above the width", lambda a, b: broken.is_wide(a)),  # noqa: ARG005
    _where("products: ten columns, more than 65 rows", lambda a, b: b.shape[1] == 10 and len(a) > 65),  # noqa: PLR2004
    _where("products: inner dimension from 265 to 4,095", lambda a, b: 264 < len(b) < 4096),  # noqa: ARG005, PLR2004
    _where("products: inner dimension above 100", lambda a, b: len(b) > 100),  # noqa: ARG005, PLR2004
    _where("products: odd number of rows above 129", lambda a, b: len(a) > 129 and len(a) % 2 == 1),  # noqa: ARG005, PLR2004
    _where("products: more than 200 rows", lambda a, b: len(a) > 200),  # noqa: ARG005, PLR2004
    _where("products: a width of 16", lambda a, b: b.shape[1] == 16),  # noqa: ARG005, PLR2004
    _where("products: on one thread only", lambda a, b: broken.count_threads() == 1),  # noqa: ARG005
    _where("products: on several threads only", lambda a, b: broken.count_threads() > 1),  # noqa: ARG005
    _where("products: float32 only", lambda a, b: a.dtype == np.float32),  # noqa: ARG005
    _where("products: float64 only, last bit", lambda a, b: a.dtype == np.float64, last_bit=True),  # noqa: ARG005
    _where("products: last bit of one element", lambda a, b: True, last_bit=True),  # noqa: ARG005
    _where("products: last bit, ten columns", lambda a, b: b.shape[1] == 10, last_bit=True),  # noqa: ARG005, PLR2004
    _sometimes("products: last bit at every 50th call", 50),
    _sometimes("products: last bit at every 7th call", 7),
    _product("products: one column written twice", _transform(_lose_column)),
    _product("products: NaN in shapes of more than 50 rows", _transform(_give_nan)),
    _product("products: Strassen's method, one level", _transform(partial(_strassen, levels=1))),
    _product("products: Strassen's method, two levels", _transform(partial(_strassen, levels=2))),
    _product("products: accumulated in a shorter format", _transform(_accumulate_short)),
    _product("products: terms in reverse order (harmless)", _transform(_reverse)),
    _product("products: zeros with a minus sign (harmless)", _transform(_negate_zeros)),
    Host(
        title="sums: off their grid",
        probed=attrs.evolve(NUMPY, sum=broken.round_sum),
        planned={"add.reduce": _add_wrongly},
    ),
    Host(title="sums: in reverse order (harmless)", planned={"add.reduce": _add_backwards}),
    Host(
        title="division by the rounded inverse",
        probed=attrs.evolve(NUMPY, divide=broken.divide_by_reciprocal),
        planned={"divide": broken.divide_by_reciprocal},
        configs=("smoke", "smoke-f64", "adam"),
    ),
    Host(
        title="square roots that are estimates",
        probed=attrs.evolve(NUMPY, sqrt=_estimate_root),
        planned={"sqrt": _estimate_root},
        configs=("adam",),
    ),
    Host(title="conversion to float32 that cuts", probed=attrs.evolve(NUMPY, cast=broken.cast_towards_zero)),
    Host(
        title="rounding of halves upwards",
        probed=attrs.evolve(NUMPY, rint=_round_halves_up),
        planned={"rint": _round_halves_up},
    ),
    Host(
        title="float32 flushed to zero (harmless)",
        probed=attrs.evolve(NUMPY, multiply=broken.multiply_flushing),
        planned={"multiply": broken.multiply_flushing},
        configs=("smoke", "adam"),
    ),
    Host(title="subnormal numbers switched off in the processor", breaking=flush_to_zero),
    Host(title="rounding upwards in the processor", breaking=_round_upwards),
    Host(
        title="an unstable order of equal words", probed=attrs.evolve(NUMPY, stable_order=broken.order_ties_backwards)
    ),
    Host(title="random words of another counter", probed=attrs.evolve(NUMPY, draw_words=broken.shift_words)),
)


def try_host(host: Host) -> Answer | None:
    """Return what certify, verify and train answer on a broken host; None where it cannot be broken so."""
    if host.breaking is None:
        return _ask(host)
    with host.breaking() as done:
        return _ask(host) if done else None


def _ask(host: Host) -> Answer:
    def look_wholly(moment: str = "") -> Certificate:
        host.begin()
        return certify(moment, operations=host.probed)

    failed = [result.id for result in look_wholly().results if result.status == "could-not-judge"]
    planned = {**PORTABLE, **host.planned}
    look = partial(certify_shapes, operations=host.probed)

    def train(config: Config, **named: Any) -> Record:  # noqa: ANN401 - as run_training
        host.begin()
        return run_training(config, operations=planned, **{"certify": look, **named})

    settings = Retraining(train=train, certify=look_wholly)
    configs = [load_config(name) for name in host.configs]
    verdict = conclude(*judge_configs(configs, settings))
    unseen = partial(train, certify=certify_shapes, check="all")
    return Answer(
        certify=" ".join(failed) or "portable",
        verify=verdict,
        train=find_worst(try_training(config, train) for config in configs),
        unseen=find_worst(try_training(config, unseen) for config in configs),
    )


def find_worst(texts: Iterable[str]) -> str:
    """Return the worst of some answers of trainings."""
    found = list(texts)
    return next((text for text in ("OTHER DIGEST", "error 3") if text in found), "golden digest")


def try_training(config: Config, train: Callable[[Config], Record]) -> str:
    """Return what a training on a broken host ends with."""
    try:
        record = train(config)
    except CouldNotJudgeError:
        return "error 3"
    golden = read_golden(locate_golden(config.name))
    return "golden digest" if record.digests["run"] == golden.digests.run else "OTHER DIGEST"


def write_page() -> str:
    """Return the page docs/trust.md."""
    rows = []
    for host in HOSTS:
        answer = try_host(host)
        cells = ("not possible here",) * 4 if answer is None else attrs.astuple(answer)
        rows.append((host.title, *cells))
    table = Table(columns=("broken", "certify", "verify", "train", "unseen"), rows=tuple(rows))
    return _PAGE.format(count=len(HOSTS) - 1, table=render_markdown(table))


_PAGE = """# Hosts broken on purpose

<!-- Written by python -m delivery.trust -->

{count} ways to break a host, one at a time, with the answer of each command.

* `certify`: the probes that fail.
* `verify`: its verdict for `smoke` and `smoke-f64` (or `adam`).
* `train`: *error 3* ends with exit code 3 and names the probe, the product or the sum. *golden digest* means that the
  broken operation changed nothing.
* `unseen`: `train --check` where the certificate sees a sound host, as if the host broke after the probes. Products
  and sums are checked without tolerance, other operations are not.

{table}

`verify` never says *different* because of a host. No training of this table writes another digest where a product or a
sum is wrong; `train` checks the first run of every plan, `train --check` and `verify` check every product and sum.
An element-wise operation that is broken only between the probes before a training and those after it would go unseen.
"""


def main() -> None:
    """Write the page to the path that is given."""
    write_whole(Path(sys.argv[1]), write_page().encode())


if __name__ == "__main__":
    main()
