"""The order of rooms: an import points downwards, never in a circle."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGES = ("verify", "appliance")

Rooms = dict[str, tuple[str, ...]]


def read_rooms(page: str) -> Rooms:
    """Return the rooms of each package from the bottom up, from the table in docs/architecture.md."""
    rows = re.findall(r"^\| `(\w+)/(\w+)(?:\.py|/)` \|", page, flags=re.MULTILINE)
    return {package: tuple(room for owner, room in rows if owner == package) for package in PACKAGES}


def read_permissions(page: str) -> dict[str, frozenset[str]]:
    """Return what the column "may import" of docs/architecture.md allows each room, such as `verify.files`.

    Rooms of the same package are named alone, the other package by its name.
    """
    rows = re.findall(r"^\| `(\w+)/(\w+)(?:\.py|/)` \|[^|]*\| ([^|]*) \|$", page, flags=re.MULTILINE)
    return {f"{owner}.{room}": frozenset(re.findall(r"\w+", allowed)) for owner, room, allowed in rows}


def find_forbidden(
    module: str, text: str, modules: frozenset[str], permissions: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """Yield imports of other rooms and of the other package that the row of the module's room does not allow."""
    package, room = find_room(module)
    if room in ("", "__main__"):
        return
    allowed = permissions.get(f"{package}.{room}", frozenset())
    for line, name in dict.fromkeys(find_imports(text, modules)):
        other, target = find_room(name)
        if other == "delivery":
            yield f"{module}:{line} imports {name}, which is in no wheel"
        if other not in PACKAGES or (other, target) in ((package, room), (package, "")):
            continue
        if (target if other == package else other) not in allowed:
            yield f"{module}:{line} imports {name}, which the row of {room} does not allow"


def find_imports(text: str, modules: frozenset[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every module imported anywhere in the text.

    `from a import b` counts as `a.b` where that is one of `modules`, and as `a` otherwise.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in modules else base


def find_room(module: str) -> tuple[str, str]:
    """Return package and room of a module: `appliance.data.idx` is in the room `data`."""
    package, _, rest = module.partition(".")
    return package, rest.partition(".")[0]


def find_imports_of_maker(module: str, text: str) -> Iterator[str]:
    """Yield imports of the maker in a module of the judge."""
    if find_room(module)[0] == "verify":
        for line, name in find_imports(text):
            if find_room(name)[0] == "appliance":
                yield f"{module}:{line} imports {name}"


def find_upward(module: str, text: str, modules: frozenset[str], rooms: Rooms) -> Iterator[str]:
    """Yield imports inside a package that do not point to a lower room, and rooms that the table does not list."""
    package, room = find_room(module)
    if not room:
        return  # the package itself is its public interface, which names things from every room
    ranks = {"": -1, "__main__": len(rooms[package])} | {name: rank for rank, name in enumerate(rooms[package])}
    if room not in ranks:
        yield f"{module} is in no room of docs/architecture.md"
        return
    for line, name in dict.fromkeys(find_imports(text, modules)):
        other, target = find_room(name)
        if name.startswith("."):
            yield f"{module}:{line} imports {name}; write it in full"
        elif other == package and target != room and ranks.get(target, len(ranks)) >= ranks[room]:
            yield f"{module}:{line} imports {name}, which is not below it"


def find_cycles(graph: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield one chain for every module that imports itself through others."""
    for start in sorted(graph):
        trail = {start: ""}
        queue = [start]
        while queue:
            module = queue.pop()
            for name in sorted(graph.get(module, frozenset())):
                if name == start:
                    yield f"{start} -> ... -> {module} -> {start}"
                elif name not in trail:
                    trail[name] = module
                    queue.append(name)
