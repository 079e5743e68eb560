"""Negative controls of the host certificate: hosts broken on purpose, each of which must fail its probes."""

from __future__ import annotations

import hashlib
import threading
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import attrs
import numpy as np

from verify.catalogue.table import find_check
from verify.conformance import broken
from verify.conformance.certificate import certify
from verify.conformance.operations import NUMPY, Operations
from verify.host.flushing import flush_to_zero
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_X87_BITS = 64  # of the significand


@attrs.frozen(kw_only=True)
class Control:
    """One way to break a host.

    Args:
        id: K and three digits; the table of checks says what is broken.
        probes: ids of the probes that must fail; others may fail too.
        breaking: breaks the host inside its block; yields the operations that are tried there, None where this host
            cannot be broken that way.
    """

    id: str
    probes: tuple[str, ...]
    breaking: Callable[[], AbstractContextManager[Operations | None]]

    @property
    def title(self) -> str:
        """What is broken."""
        return find_check(self.id).title


@contextmanager
def _round_products() -> Iterator[Operations]:
    yield attrs.evolve(NUMPY, matmul=broken.round_product)


@contextmanager
def _round_sums() -> Iterator[Operations]:
    yield attrs.evolve(NUMPY, sum=broken.round_sum)


@contextmanager
def _reorder_sums() -> Iterator[Operations]:
    yield attrs.evolve(NUMPY, sum=broken.make_reordered_sum())


@contextmanager
def _flush_subnormals() -> Iterator[Operations | None]:
    with flush_to_zero() as done:
        yield NUMPY if done else None


@contextmanager
def _exchange_ties() -> Iterator[Operations]:
    yield attrs.evolve(NUMPY, stable_order=broken.order_ties_backwards)


@contextmanager
def _shift_words() -> Iterator[Operations]:
    yield attrs.evolve(NUMPY, draw_words=broken.shift_words)


@contextmanager
def _keep_thread_busy() -> Iterator[Operations]:
    done, block = threading.Event(), bytes(1 << 20)

    def work() -> None:
        while not done.is_set():
            hashlib.sha256(block)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield NUMPY
    finally:
        done.set()
        thread.join()


@contextmanager
def _shorten_operands() -> Iterator[Operations]:
    yield attrs.evolve(NUMPY, matmul=broken.shorten_operands)


@contextmanager
def _round_quotients_twice() -> Iterator[Operations | None]:
    """Yield None on a host without the 64-bit significands of an x87."""
    wide = np.finfo(np.longdouble).nmant == _X87_BITS - 1
    yield attrs.evolve(NUMPY, divide=broken.divide_twice_rounded) if wide else None


def _pass(operations: Operations) -> Callable[[], AbstractContextManager[Operations]]:
    """Return a breaking that only passes other operations."""

    @contextmanager
    def breaking() -> Iterator[Operations]:
        yield operations

    return breaking


def _multiply_where(condition: Callable[[broken.Numbers, broken.Numbers], bool]) -> Operations:
    return attrs.evolve(NUMPY, matmul=broken.multiply_wrongly_where(condition))


_LAST_BIT = broken.multiply_wrongly_where(lambda left, right: True, last_bit=True)  # noqa: ARG005 - always
_GRADIENT = _multiply_where(lambda left, right: broken.is_transposed(left) and not broken.is_transposed(right))
_NARROW = _multiply_where(lambda left, right: right.shape[1] == 10 and len(left) > 65)  # noqa: PLR2004 - one shape
_SINGLE = _multiply_where(lambda left, right: broken.count_threads() == 1)  # noqa: ARG005 - whatever the operands
_SEVERAL = _multiply_where(lambda left, right: broken.count_threads() > 1)  # noqa: ARG005 - whatever the operands

CONTROLS: tuple[Control, ...] = (
    Control(id="K001", probes=("C008", "C009"), breaking=_round_products),
    Control(id="K002", probes=("C010",), breaking=_round_sums),
    Control(id="K003", probes=("C014",), breaking=_reorder_sums),
    Control(id="K004", probes=("C003",), breaking=_flush_subnormals),
    Control(id="K005", probes=("C011",), breaking=_exchange_ties),
    Control(id="K006", probes=("C012",), breaking=_shift_words),
    Control(id="K007", probes=("C013",), breaking=_keep_thread_busy),
    Control(id="K008", probes=("C008", "C009"), breaking=_shorten_operands),
    Control(id="K009", probes=("C017",), breaking=_round_quotients_twice),
    Control(id="K010", probes=("C008",), breaking=_pass(_GRADIENT)),
    Control(id="K011", probes=("C008",), breaking=_pass(_NARROW)),
    Control(id="K012", probes=("C008",), breaking=_pass(_SINGLE)),
    Control(id="K013", probes=("C009",), breaking=_pass(_SEVERAL)),
    Control(id="K014", probes=("C008", "C009"), breaking=_pass(attrs.evolve(NUMPY, matmul=_LAST_BIT))),
    Control(id="K015", probes=("C018",), breaking=_pass(attrs.evolve(NUMPY, divide=broken.divide_by_reciprocal))),
    Control(id="K016", probes=("C018",), breaking=_pass(attrs.evolve(NUMPY, cast=broken.cast_towards_zero))),
    Control(id="K017", probes=("C016",), breaking=_pass(attrs.evolve(NUMPY, multiply=broken.multiply_flushing))),
)


def try_control(control: Control) -> Result:
    """Break this host as the control says and make all probes: pass if those named failed, fail if one did not."""
    with control.breaking() as operations:
        if operations is None:
            return Result(id=control.id, title=f"not possible on this host: {control.title}", status="info")
        failed = {result.id for result in certify(operations=operations).results if result.status != "pass"}
    missed = sorted(set(control.probes) - failed)
    return Result(
        id=control.id,
        title=f"{'not noticed' if missed else 'noticed'}: {control.title}",
        status="fail" if missed else "pass",
        expected=list(control.probes),
        found=sorted(failed),
        remedy=find_check(control.id).remedy if missed else None,
    )
