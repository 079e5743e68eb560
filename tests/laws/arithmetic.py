"""The laws of arithmetic: only the rooms of numerics round in an order that depends on a library."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from laws.source import Source

_REDUCTIONS = frozenset({"cumprod", "cumsum", "dot", "mean", "prod", "std", "sum", "trace", "var"})
_TRANSCENDENTAL = frozenset(
    "acos acosh arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan atan2 atanh cbrt cos cosh erf erfc"
    " exp exp2 expm1 float_power gamma hypot lgamma log log10 log1p log2 logaddexp logaddexp2 pow power sin sinh sinc"
    " tan tanh".split()
)
_NUMPY_SUMS = frozenset(
    "add.accumulate add.at add.reduce add.reduceat average convolve correlate cumprod cumsum cumulative_sum dot einsum"
    " gradient inner interp kron matmul matvec mean median multiply.reduce nanmean nanstd nansum nanvar percentile"
    " prod quantile std sum tensordot trace trapezoid var vdot vecdot vecmat".split()
)
_EXACT_ELEMENTS = frozenset({"itemsize", "nbytes", "ndim", "size"})


def find_products(source: Source) -> Iterator[tuple[int, str]]:
    """Yield every `@` between arrays; its order is the BLAS kernel's."""
    for node in source.nodes:
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            yield node.lineno, "@"


def find_reductions(source: Source) -> Iterator[tuple[int, str]]:
    """Yield NumPy's sums, products of arrays, means, as functions or as methods; their order is NumPy's."""
    for line, name in source.find_references():
        module, _, rest = name.partition(".")
        if module == "numpy" and (rest in _NUMPY_SUMS or rest.startswith("linalg.")):
            yield line, name
    for call, called in source.find_calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr in _REDUCTIONS and called is None:
            yield call.lineno, f".{call.func.attr}()"


def find_transcendentals(source: Source) -> Iterator[tuple[int, str]]:
    """Yield `exp` with its kin from NumPy or libm; their last bits differ between machines."""
    for line, name in source.find_references():
        module, _, function = name.partition(".")
        if module in {"cmath", "math", "numpy"} and function in _TRANSCENDENTAL:
            yield line, name


def find_powers(source: Source) -> Iterator[tuple[int, str]]:
    """Yield `**` and `pow` unless the base is a literal power of two, or both sides are literal integers."""
    for node in source.nodes:
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
            base, exponent = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            if not _is_power_of_two(base) and not (_is_integer(base) and _is_integer(exponent)):
                yield node.lineno, "**"
    yield from ((call.lineno, "pow()") for call, name in source.find_calls() if name == "builtins.pow")


def find_builtin_sums(source: Source) -> Iterator[tuple[int, str]]:
    """Yield `sum(...)` unless its elements are plainly integers; for floats CPython 3.12 changed its bits."""
    for call, name in source.find_calls():
        if name == "builtins.sum" and not (call.args and _counts(call.args[0])):
            yield call.lineno, "sum()"


def _is_integer(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def _is_power_of_two(node: ast.expr) -> bool:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, int | float) or node.value <= 0:
        return False
    return float(node.value).hex().startswith("0x1.0000000000000p")


def _counts(node: ast.expr) -> bool:
    element = node.elt if isinstance(node, ast.GeneratorExp | ast.ListComp) else node
    if isinstance(element, ast.Call):
        return isinstance(element.func, ast.Name) and element.func.id in {"int", "len"}
    return _is_integer(element) or (isinstance(element, ast.Attribute) and element.attr in _EXACT_ELEMENTS)
