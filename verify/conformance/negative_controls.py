"""Hosts broken on purpose: each must cost its probe, or the certificate proves nothing."""

from __future__ import annotations

import hashlib
import threading
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import attrs
import numpy as np

from verify.conformance.certificate import certify
from verify.host.flushing import flush_to_zero
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[Any]


@attrs.frozen(kw_only=True)
class Control:
    """One way to break a host.

    Args:
        id: K and three digits.
        title: what is broken.
        probes: ids of the probes that must fail, at least.
        breaking: breaks the host inside its block; yields False where this host cannot be broken that way.
    """

    id: str
    title: str
    probes: tuple[str, ...]
    breaking: Callable[[], AbstractContextManager[bool]]


def round_product(left: Numbers, right: Numbers, *rest: Any, **named: Any) -> Numbers:  # noqa: ANN401 - as numpy.matmul
    """Multiply as `numpy.matmul`, losing the last bits of a float result, as tensor cores may."""
    product: Numbers = _REAL_PRODUCT(left, right, *rest, **named)
    if product.dtype.kind == "f":
        np.multiply(product, 1.0 + float(np.finfo(product.dtype).eps), out=product, casting="same_kind")
    return product


_REAL_PRODUCT, _X87_BITS = np.matmul, 64


@contextmanager
def replace_product() -> Iterator[bool]:
    """Put `round_product` in the place of `numpy.matmul`."""
    with mock.patch.object(np, "matmul", round_product):
        yield True


@contextmanager
def _shorten_operands() -> Iterator[bool]:
    """Multiply after rounding float32 operands to the 11 bits of TF32 and float64 ones to 32."""

    def shorten(x: Numbers) -> Numbers:
        fraction, exponent = np.frexp(x.astype(np.float64))
        bits = 11 if x.dtype == np.float32 else 32
        return np.asarray(np.ldexp(np.rint(np.ldexp(fraction, bits)), exponent - bits), dtype=x.dtype)

    def multiply(left: Numbers, right: Numbers, *rest: Any, **named: Any) -> Numbers:  # noqa: ANN401 - as numpy.matmul
        operands = (shorten(x) if x.dtype.kind == "f" else x for x in (left, right))
        return np.asarray(_REAL_PRODUCT(*operands, *rest, **named))

    with mock.patch.object(np, "matmul", multiply):
        yield True


@contextmanager
def _round_twice() -> Iterator[bool]:
    """Divide in the host's widest format first, if that is the 64 bits of an x87."""
    real, wide = np.divide, np.longdouble

    def divide(a: Numbers, b: Numbers) -> Numbers:
        return np.asarray(real(a, b, dtype=wide).astype(np.float64))

    if np.finfo(wide).nmant != _X87_BITS - 1:
        yield False
        return
    with mock.patch.object(np, "divide", divide):
        yield True


class _Sum:
    """Stands for `numpy.add`; `reduce` treats its addends, along the axis of the sum, as it is told."""

    def __init__(self, treat: Callable[[Numbers, int | None], Numbers]) -> None:
        self._treat = treat

    def __call__(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as numpy.add
        return _REAL_SUM(*arguments, **named)

    def reduce(self, x: Numbers, axis: int | None = 0, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - likewise
        return _REAL_SUM.reduce(self._treat(x, axis) if x.dtype.kind == "f" else x, axis, *rest, **named)


_REAL_SUM = np.add


@contextmanager
def _round_sums() -> Iterator[bool]:
    def treat(x: Numbers, axis: int | None) -> Numbers:  # noqa: ARG001 - as _Sum asks
        return np.asarray(x * (1 + float(np.finfo(x.dtype).eps)), dtype=x.dtype)

    with mock.patch.object(np, "add", _Sum(treat)):
        yield True


@contextmanager
def _reorder_sums() -> Iterator[bool]:
    """Add in another order each time: harmless on a grid, another result anywhere else."""
    turn = 0

    def treat(x: Numbers, axis: int | None) -> Numbers:
        nonlocal turn
        turn += 1
        return np.roll(x, turn * 7, axis=axis)

    with mock.patch.object(np, "add", _Sum(treat)):
        yield True


@contextmanager
def _disturb_order() -> Iterator[bool]:
    real = np.argsort

    def sort(x: Numbers, *rest: Any, **named: Any) -> Numbers:  # noqa: ANN401 - as numpy.argsort
        return np.asarray(len(x) - 1 - real(x[::-1], *rest, **named))

    with mock.patch.object(np, "argsort", sort):
        yield True


@contextmanager
def _shift_words() -> Iterator[bool]:
    real = np.random.Philox
    with mock.patch.object(np.random, "Philox", lambda key, counter: real(key=key, counter=counter + 1)):
        yield True


@contextmanager
def _keep_a_thread_busy() -> Iterator[bool]:
    done, block = threading.Event(), bytes(1 << 20)

    def work() -> None:
        while not done.is_set():
            hashlib.sha256(block)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield True
    finally:
        done.set()
        thread.join()


CONTROLS: tuple[Control, ...] = (
    Control(id="K001", title="a product that rounds", probes=("C008", "C009"), breaking=replace_product),
    Control(id="K002", title="a sum that rounds", probes=("C010",), breaking=_round_sums),
    Control(id="K003", title="a sum in another order each time", probes=("C014",), breaking=_reorder_sums),
    Control(id="K004", title="subnormal numbers switched off", probes=("C003",), breaking=flush_to_zero),
    Control(id="K005", title="an order that exchanges ties", probes=("C011",), breaking=_disturb_order),
    Control(id="K006", title="random words from another place", probes=("C012",), breaking=_shift_words),
    Control(id="K007", title="a second thread at work", probes=("C013",), breaking=_keep_a_thread_busy),
    Control(id="K008", title="a product of shortened operands", probes=("C008", "C009"), breaking=_shorten_operands),
    Control(id="K009", title="quotients that are rounded twice", probes=("C017",), breaking=_round_twice),
)


def try_control(control: Control) -> Result:
    """Break this host as the control says and make all probes: pass if those named failed, fail if one did not."""
    with control.breaking() as broken:
        failed = {result.id for result in certify().results if result.status != "pass"} if broken else set[str]()
    if not broken:
        return Result(id=control.id, title=f"cannot be done on this host: {control.title}", status="info")
    missed = sorted(set(control.probes) - failed)
    return Result(
        id=control.id,
        title=f"{'not noticed' if missed else 'noticed'}: {control.title}",
        status="fail" if missed else "pass",
        expected=list(control.probes),
        found=sorted(failed),
        remedy="the certificate of this host is worth nothing until this is understood" if missed else None,
    )
