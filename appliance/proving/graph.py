"""The graph of objects in a process, from given roots, as nodes with values and named edges.

No code of the objects is called: attributes are read past properties, and nothing is compared, hashed or printed by a
method of its own.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from appliance.proving.looking import Opaque, look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.proving.modules import Modules
    from verify.digests import JsonObject

_MOST = 2_000_000  # objects


@attrs.frozen(kw_only=True)
class Node:
    """One object.

    Args:
        kind: its type, as module and name; for an object of a class of the user's also the file.
        value: what it holds itself as text, where it holds something itself.
        edges: the numbers of the nodes that it refers to, by label.
    """

    kind: str
    value: str | None
    edges: Mapping[str, int]


@attrs.frozen(kw_only=True)
class Graph:
    """All objects that were reached.

    Args:
        nodes: every object by number; the first one refers to all roots.
        opaque: types into whose objects nobody can look, with the number of these objects.
        is_whole: whether everything that can be reached was looked at.
    """

    nodes: tuple[Node, ...]
    opaque: Mapping[str, int]
    is_whole: bool

    def to_json(self) -> JsonObject:
        """Return it as JSON."""
        nodes = tuple((node.kind, node.value, dict(node.edges)) for node in self.nodes)
        return {"nodes": nodes, "opaque": dict(self.opaque), "is_whole": self.is_whole}

    @classmethod
    def from_json(cls, body: Any) -> Graph:  # noqa: ANN401 - what a child of this program wrote
        """Return what `to_json` gave."""
        nodes = tuple(Node(kind=kind, value=value, edges=edges) for kind, value, edges in body["nodes"])
        return cls(nodes=nodes, opaque=body["opaque"], is_whole=body["is_whole"])


def walk(roots: Mapping[str, object], modules: Modules, *, most: int = _MOST) -> Graph:
    """Return the graph of everything that the roots refer to, nearest objects first.

    Args:
        roots: where to begin, by name.
        modules: the modules that are looked into; of others only the objects that are reached are.
        most: after so many objects the walk ends.
    """
    numbers: dict[int, int] = {}
    objects: list[object] = []
    nodes, opaque = list[Node](), Counter[str]()

    def count(child: object) -> int:
        key = id(child)  # every object stays alive in `objects`, so no number is used twice
        if key not in numbers:
            numbers[key] = len(objects)
            objects.append(child)
        return numbers[key]

    objects.append(roots)
    while len(nodes) < min(len(objects), most):
        seen = look(objects[len(nodes)], modules)
        if isinstance(seen, Opaque):
            opaque[seen.kind] += 1
            nodes.append(Node(kind=seen.kind, value=None, edges={}))
            continue
        edges = {label: count(child) for label, child in seen.parts.items()}
        nodes.append(Node(kind=seen.kind, value=seen.value, edges=edges))
    is_whole = len(nodes) == len(objects)
    if not is_whole:
        known = range(len(nodes))
        nodes = [attrs.evolve(node, edges={k: v for k, v in node.edges.items() if v in known}) for node in nodes]
    return Graph(nodes=tuple(nodes), opaque=dict(sorted(opaque.items())), is_whole=is_whole)
