"""Compiles the text of a watched module, with calls and operators that can be recorded.

Not changed are: annotations, patterns of `match`, decorators, operators on constants, chained comparisons, calls of
built-in functions that look at their caller's frame, and functions that a compiler will read (`@njit`, ...).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Union

    Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]  # noqa: UP007 - read by Python 3.9, too

PREFIX = "__repro_trace_"
_BINARY: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "true_divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.MatMult: "matmul",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor",
    ast.LShift: "left_shift",
    ast.RShift: "right_shift",
}
_COMPARE: dict[type, str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_UNARY: dict[type, str] = {ast.USub: "negative", ast.Invert: "invert"}
_FRAMED = frozenset("super locals globals vars dir eval exec breakpoint".split())
_QUICK = frozenset("len range isinstance issubclass enumerate zip getattr hasattr type iter next callable".split())
_COMPILERS = frozenset("jit njit vectorize guvectorize stencil cfunc script compile function kernel pmap vmap".split())


def compile_watched(data: bytes, path: str, shown: str, *, main: bool = False) -> Any:  # noqa: ANN401 - a code object
    """Return the code of a module with calls and operators that can be recorded.

    Args:
        data: the text of the module as bytes.
        path: its file, for tracebacks.
        shown: its name in the trace.
        main: whether it is the program itself.

    Raises:
        SyntaxError: the text is no Python.
    """
    tree = ast.parse(data, path)
    changed = _Rewriter(shown).visit(tree)
    if main:
        _insert_start(changed)
    return compile(ast.fix_missing_locations(changed), path, "exec", dont_inherit=True)


def _insert_start(tree: ast.Module) -> None:
    """Let the program's module look like one that Python runs itself, before its first statement."""
    place = 0
    for number, statement in enumerate(tree.body):
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and number == 0
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not text and not future:
            break
        place = number + 1
    start = ast.Expr(ast.Call(_load(f"{PREFIX}main__"), [ast.Call(_load("globals"), [], [])], []))
    tree.body.insert(place, ast.copy_location(start, ast.Pass(lineno=1, col_offset=0)))


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, (ast.Constant, ast.JoinedStr))


class _Rewriter(ast.NodeTransformer):
    """Replaces calls, operators and conditions in a syntax tree."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def _make(self, node: ast.AST, name: str, *args: ast.expr) -> ast.Call:
        at = ast.Constant(f"{self._shown}:{getattr(node, 'lineno', 0)}")
        made = ast.Call(_load(f"{PREFIX}{name}__"), [*args, at], [])
        ast.copy_location(made, node)
        return made

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        self.generic_visit(node)
        if name not in _FRAMED and name not in _QUICK:
            node.func = self._make(node, "call", node.func)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if (_is_constant(node.left) and _is_constant(node.right)) or isinstance(node.left, ast.JoinedStr):
            return node
        return self._make(node, "binary", ast.Constant(_BINARY[type(node.op)]), node.left, node.right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        sign = _UNARY.get(type(node.op))
        return (
            node
            if sign is None or _is_constant(node.operand)
            else self._make(node, "unary", ast.Constant(sign), node.operand)
        )

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        sign = _COMPARE.get(type(node.ops[0]))
        if len(node.ops) > 1 or sign is None or isinstance(node.comparators[0], ast.JoinedStr):
            return node
        return self._make(node, "compare", ast.Constant(sign), node.left, node.comparators[0])

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        node.value = self.visit(node.value)
        target, sign = node.target, ast.Constant(_BINARY[type(node.op)])
        if isinstance(target, ast.Name):
            value = self._make(node, "in_place", sign, ast.copy_location(_load(target.id), target), node.value)
            return ast.copy_location(ast.Assign([target], value), node)
        owner = self.visit(target.value)
        if isinstance(target, ast.Attribute):
            if target.attr.startswith("__"):
                return node
            begun = ast.Call(_load(f"{PREFIX}attribute__"), [owner, ast.Constant(target.attr)], [])
        else:
            begun = ast.Call(_load(f"{PREFIX}item__"), [owner, _write_index(self.visit(target.slice))], [])
        finish = self._make(node, "call", sign, node.value)
        finish.func = begun
        return ast.copy_location(ast.Expr(finish), node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Subscript):
            self.generic_visit(node)
            return node
        value, owner, index = self.visit(node.value), self.visit(target.value), _write_index(self.visit(target.slice))
        return ast.copy_location(ast.Expr(self._make(node, "store", value, owner, index)), node)

    def _visit_branch(self, node: Any) -> ast.AST:  # noqa: ANN401 - three kinds of nodes
        self.generic_visit(node)
        if not _is_constant(node.test):
            node.test = self._make(node.test, "test", node.test)
        return node  # type: ignore[no-any-return]

    visit_If = visit_While = visit_IfExp = _visit_branch  # noqa: N815 - names that `ast` expects

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def _visit_function(self, node: Function) -> ast.AST:
        names = [_find_last_name(decorator) for decorator in node.decorator_list]
        if _COMPILERS.intersection(names):
            return node
        node.args.defaults = [self.visit(value) for value in node.args.defaults]
        node.args.kw_defaults = [value and self.visit(value) for value in node.args.kw_defaults]
        node.body = [self.visit(statement) for statement in node.body]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_match_case(self, node: Any) -> ast.AST:  # noqa: ANN401 - since Python 3.10
        if node.guard is not None:
            node.guard = self.visit(node.guard)
        node.body = [self.visit(statement) for statement in node.body]
        return node  # type: ignore[no-any-return]

    def visit_TypeAlias(self, node: ast.AST) -> ast.AST:
        return node


def _find_last_name(node: ast.expr) -> str:
    """Return the last name of a decorator: `jit` of `@numba.jit(nopython=True)`."""
    if isinstance(node, ast.Call):
        return _find_last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _write_index(node: ast.expr) -> ast.expr:
    """Return an index as an expression: `1:2` is `slice(1, 2, None)`."""
    if isinstance(node, ast.Slice):
        parts = [part if part is not None else ast.Constant(None) for part in (node.lower, node.upper, node.step)]
        return ast.copy_location(ast.Call(_load(f"{PREFIX}slice__"), parts, []), node)
    if isinstance(node, ast.Tuple):
        node.elts = [_write_index(part) for part in node.elts]
    return node
