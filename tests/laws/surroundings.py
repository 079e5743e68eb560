"""The laws of order: no clock, variable, chance, hash or listing may change a result."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from laws.source import Source

_CLOCKS = frozenset(
    {"datetime.date.today", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow"}
)
_VARIABLES = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv"})
_LISTINGS = frozenset({"glob.glob", "glob.iglob", "os.listdir", "os.scandir", "os.walk"})
_LISTING_METHODS = frozenset({"glob", "iterdir", "rglob"})
_ORDERLESS = frozenset(f"builtins.{n}" for n in ("all", "any", "frozenset", "len", "max", "min", "set", "sorted"))
_ORDERED = frozenset(f"builtins.{n}" for n in ("dict.fromkeys", "enumerate", "iter", "list", "map", "tuple", "zip"))
_SETS = frozenset({"builtins.frozenset", "builtins.set"})
_STARTERS = (
    "multiprocessing.",
    "os.exec",
    "os.fork",
    "os.popen",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "subprocess.",
)
_SORTS = frozenset({"argpartition", "argsort"})
_NUMPY_SORTS = frozenset({"numpy.partition", "numpy.sort"})


def find_clocks(source: Source) -> Iterator[tuple[int, str]]:
    """Yield readings of a clock or the date."""
    for line, name in source.find_references():
        if name in _CLOCKS or (name.startswith("time.") and name != "time.sleep"):
            yield line, name


def find_variables(source: Source) -> Iterator[tuple[int, str]]:
    """Yield uses of environment variables."""
    yield from ((line, name) for line, name in source.find_references() if name in _VARIABLES)


def find_chance(source: Source) -> Iterator[tuple[int, str]]:
    """Yield randomness that is not a keyed stream."""
    for line, name in source.find_references():
        if name.startswith(("numpy.random.", "os.urandom", "random.", "secrets.", "uuid.")):
            yield line, name


def find_patches(source: Source) -> Iterator[tuple[int, str]]:
    """Yield imports of `unittest.mock`: shipped code takes what it needs as an argument and replaces nothing."""
    for node in source.nodes:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        if any(name.startswith("unittest") for name in names):
            yield node.lineno, "import of unittest"


def find_processes(source: Source) -> Iterator[tuple[int, str]]:
    """Yield what starts a process or replaces this one."""
    for line, name in source.find_references():
        if name.startswith(_STARTERS):
            yield line, name


def find_identity_hashes(source: Source) -> Iterator[tuple[int, str]]:
    """Yield `hash` or `id`: their values change with the process."""
    yield from ((call.lineno, name) for call, name in source.find_calls() if name in {"builtins.hash", "builtins.id"})


def find_unstable_sorts(source: Source) -> Iterator[tuple[int, str]]:
    """Yield NumPy sorts that may order equal keys differently on another machine."""
    for call, name in source.find_calls():
        method = call.func.attr if isinstance(call.func, ast.Attribute) else (name or "").rpartition(".")[2]
        if (method in _SORTS or name in _NUMPY_SORTS) and not _is_stable(call):
            yield call.lineno, f"{method} without kind='stable'"


def find_unsorted_listings(source: Source) -> Iterator[tuple[int, str]]:
    """Yield directory listings used in the order the file system gives."""
    for call, name in source.find_calls():
        method = isinstance(call.func, ast.Attribute) and name is None and call.func.attr in _LISTING_METHODS
        if (method or name in _LISTINGS) and not _is_orderless(source, call):
            yield call.lineno, f"{ast.unparse(call.func)}() without sorted()"


def find_set_iteration(source: Source) -> Iterator[tuple[int, str]]:
    """Yield places where the order of a set's elements can change a result."""
    names = _find_set_names(source)
    for node in source.nodes:
        if isinstance(node, ast.For):
            used = [node.iter]
        elif isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
            used = [generator.iter for generator in node.generators]
        elif isinstance(node, ast.Starred):
            used = [node.value]
        elif isinstance(node, ast.Call) and (_is_join(node) or source.resolve(node.func) in _ORDERED):
            used = list(node.args)
        else:
            continue
        for part in used:
            if _is_set(source, part, names) and not _is_orderless(source, part):
                yield part.lineno, f"iterates over the set {ast.unparse(part)}"


def _is_stable(call: ast.Call) -> bool:
    kinds = [word.value for word in call.keywords if word.arg == "kind"]
    return any(isinstance(kind, ast.Constant) and kind.value == "stable" for kind in kinds)


def _is_join(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "join"


def _is_orderless(source: Source, node: ast.AST) -> bool:
    return any(name in _ORDERLESS for name in source.find_enclosing_calls(node))


def _is_set(source: Source, node: ast.AST, names: frozenset[str]) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor | ast.Sub):
        return _is_set(source, node.left, names) or _is_set(source, node.right, names)
    if isinstance(node, ast.Call):
        return source.resolve(node.func) in _SETS
    return isinstance(node, ast.Set | ast.SetComp) or (isinstance(node, ast.Name) and node.id in names)


def _find_set_names(source: Source) -> frozenset[str]:
    """Names of sets somewhere in the module, by assignment or by annotation."""
    found: list[str] = []
    for node in source.nodes:
        if isinstance(node, ast.Assign) and _is_set(source, node.value, frozenset()):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _is_set_type(node.annotation):
            found.append(node.target.id)
        elif isinstance(node, ast.arg) and node.annotation is not None and _is_set_type(node.annotation):
            found.append(node.arg)
    return frozenset(found)


def _is_set_type(annotation: ast.expr) -> bool:
    return ast.unparse(annotation).split("[")[0].lower() in {"abstractset", "frozenset", "set"}
