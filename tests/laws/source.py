"""One parsed source file, with the full name of every imported thing."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self


def _collect_aliases(nodes: tuple[ast.AST, ...]) -> dict[str, str]:
    aliases = {name: f"builtins.{name}" for name in dir(builtins)}
    for node in nodes:
        if isinstance(node, ast.Import):
            aliases |= {
                (n.asname or n.name.split(".")[0]): (n.name if n.asname else n.name.split(".")[0]) for n in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            aliases |= {(n.asname or n.name): f"{node.module}.{n.name}" for n in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            aliases.pop(node.name, None)
    return aliases


@attrs.frozen(kw_only=True)
class Source:
    """The nodes of a syntax tree with their parents, and the full name of every imported or built-in thing."""

    nodes: tuple[ast.AST, ...]
    aliases: dict[str, str]
    parents: dict[ast.AST, ast.AST]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text of one module."""
        nodes = tuple(ast.walk(ast.parse(text)))
        parents = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        return cls(nodes=nodes, aliases=_collect_aliases(nodes), parents=parents)

    def resolve(self, node: ast.AST) -> str | None:
        """Return the dotted name an expression stands for, such as `numpy.exp`, or None."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value)
            return None if base is None else f"{base}.{node.attr}"
        return None

    def find_references(self) -> Iterator[tuple[int, str]]:
        """Yield line and dotted name of every use of an imported or built-in thing, imports included."""
        for node in self.nodes:
            if isinstance(node, ast.Name | ast.Attribute) and (name := self.resolve(node)):
                yield node.lineno, name
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def find_calls(self) -> Iterator[tuple[ast.Call, str | None]]:
        """Yield every call with the dotted name of what is called, where that is known."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node, self.resolve(node.func)

    def find_enclosing_calls(self, node: ast.AST) -> Iterator[str]:
        """Yield the names of the calls around an expression, innermost first, up to its statement."""
        while not isinstance(node := self.parents[node], ast.stmt):
            if isinstance(node, ast.Call) and (name := self.resolve(node.func)):
                yield name
