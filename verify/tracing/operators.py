"""Records the operators of a watched module where an operand is an array.

`a @ b` is compiled as `binary("matmul", a, b, at)`, `a < b` as `compare("less", ...)`, `-a` as `unary("negative",
...)`, and `a += b`, `a[i] += b`, `a.x += b` and `a[i] = b` as calls that change the same object in the same order of
evaluation. The stage is the name of NumPy's function for the operator. `if` and `while` on a truth value of NumPy are
events of the kind "decision".
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from verify.tracing import session as sessions
from verify.tracing.session import is_array

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "true_divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "power": operator.pow,
    "matmul": operator.matmul,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "left_shift": operator.lshift,
    "right_shift": operator.rshift,
}
IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.iadd,
    "subtract": operator.isub,
    "multiply": operator.imul,
    "true_divide": operator.itruediv,
    "floor_divide": operator.ifloordiv,
    "remainder": operator.imod,
    "power": operator.ipow,
    "matmul": operator.imatmul,
    "bitwise_and": operator.iand,
    "bitwise_or": operator.ior,
    "bitwise_xor": operator.ixor,
    "left_shift": operator.ilshift,
    "right_shift": operator.irshift,
}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}
UNARY: dict[str, Callable[[Any], Any]] = {"negative": operator.neg, "invert": operator.invert}

_LITTLE, _SHARE = 4096, 8  # bytes; times the size of what is assigned


def binary(name: str, a: Any, b: Any, at: str) -> Any:  # noqa: ANN401 - any operands
    """Return `a` and `b` joined by an operator."""
    return _apply(BINARY[name], name, a, b, at)


def in_place(name: str, a: Any, b: Any, at: str) -> Any:  # noqa: ANN401
    """Return what `a += b` binds to `a`."""
    return _apply(IN_PLACE[name], name, a, b, at)


def compare(name: str, a: Any, b: Any, at: str) -> Any:  # noqa: ANN401
    """Return the answer of a comparison."""
    return _apply(COMPARE[name], name, a, b, at)


def unary(name: str, a: Any, at: str) -> Any:  # noqa: ANN401
    """Return the answer of an operator with one operand."""
    session = sessions.session
    if session is None or not is_array(a):
        return UNARY[name](a)
    pending = session.begin("operation", f"numpy.{name}", (("x", a),), at)
    result = UNARY[name](a)
    session.end(pending, (("result", result),))
    return result


def _apply(function: Callable[[Any, Any], Any], name: str, a: Any, b: Any, at: str) -> Any:  # noqa: ANN401
    session = sessions.session
    if session is None or not (is_array(a) or is_array(b)):
        return function(a, b)
    pending = session.begin("operation", f"numpy.{name}", (("x1", a), ("x2", b)), at)
    result = function(a, b)
    session.end(pending, (("result", result),))
    return result


def item(container: Any, key: Any) -> Callable[[str, Any, str], None]:  # noqa: ANN401
    """Begin `container[key] += b`: read the element, and return what takes the rest."""
    before = container[key]

    def finish(name: str, b: Any, at: str) -> None:  # noqa: ANN401
        container[key] = in_place(name, before, b, at)

    return finish


def attribute(owner: Any, name: str) -> Callable[[str, Any, str], None]:  # noqa: ANN401
    """Begin `owner.name += b`: read the attribute, and return what takes the rest."""
    before = getattr(owner, name)

    def finish(sign: str, b: Any, at: str) -> None:  # noqa: ANN401
        setattr(owner, name, in_place(sign, before, b, at))

    return finish


def store(value: Any, container: Any, key: Any, at: str) -> None:  # noqa: ANN401
    """Do `container[key] = value`; record it if reading the container costs little beside it."""
    container[key] = value
    session = sessions.session
    if session is None or not is_array(container) or not hasattr(container, "nbytes"):
        return
    if container.nbytes > max(_LITTLE, _SHARE * getattr(value, "nbytes", 0)):
        session.note("assignments to elements of arrays that are much larger")
        return
    pending = session.begin("operation", "numpy.ndarray.__setitem__", (("value", value),), at)
    session.end(pending, (("self", container),))


def test(value: Any, at: str) -> Any:  # noqa: ANN401
    """Return the value that a branch depends on; record it if it is a truth value of NumPy."""
    kind = type(value)
    session = sessions.session
    if session is not None and kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
        session.end(session.begin("decision", "branch", (), at), (("taken", bool(value)),))
    return value
