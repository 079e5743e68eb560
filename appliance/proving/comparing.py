"""Where two graphs of objects differ: both walked at once from their roots, so that shared objects make no noise."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.proving.graph import Graph, Node

ABSENT = "not there"
KEPT = " (kept for"
"""What the label of an entry of a cache begins with."""


@attrs.frozen(kw_only=True)
class Difference:
    """A place with another content.

    Args:
        path: from the root to the place.
        name: the place as its owner knows it, such as "layers.py: Noise.calls", or the path.
        a: the content in the first graph.
        b: the content in the second.
        holder: the number of the object in the first graph that holds the place.
        kind: the type of that object.
        label: the place in that object.
        is_array: whether the content is an array.
    """

    path: str
    name: str
    a: str
    b: str
    holder: int
    kind: str
    label: str
    is_array: bool = False


@attrs.frozen(kw_only=True)
class _Place:
    """Two objects at one place, and the object that holds them."""

    a: int
    b: int
    path: str
    name: str
    holder: int
    kind: str
    label: str


def list_differences(a: Graph, b: Graph) -> Iterator[Difference]:
    """Yield the differences, those that are nearest to the roots first; none below a place that differs in kind.

    What a cache keeps for arguments that it has in one graph only is no difference: it forgets, and it asks again.
    """
    waiting = deque([_Place(a=0, b=0, path="", name="", holder=0, kind="", label="")])
    met = {(0, 0)}
    while waiting:
        place = waiting.popleft()
        first, second = a.nodes[place.a], b.nodes[place.b]
        if first.kind != second.kind or (first.value != second.value and not _only_counts(first)):
            yield _describe(place, _tell(first), _tell(second), is_array="ndarray" in first.kind)
        if first.kind != second.kind:
            continue
        for label in sorted({*first.edges, *second.edges}):
            below = _step_down(place, first, label, first.edges.get(label, 0), second.edges.get(label, 0))
            if label not in first.edges or label not in second.edges:
                if not label.startswith(KEPT) and not label.endswith(" as a key"):
                    yield _describe(below, _tell_edge(a, first, label), _tell_edge(b, second, label))
            elif (below.a, below.b) not in met or _is_plain(a.nodes[below.a]):
                met.add((below.a, below.b))
                waiting.append(below)


def _step_down(place: _Place, node: Node, label: str, a: int, b: int) -> _Place:
    """Return the place of an edge; a root is named by its label alone, and an object of a user's by its class."""
    if not place.path:
        path = name = label.removeprefix("['").removesuffix("']")
    else:
        path = f"{place.path}{label}"
        name = f"{node.kind if _is_users(node) else place.name}{label}"
    return _Place(a=a, b=b, path=path, name=name, holder=place.a, kind=node.kind, label=label)


def _describe(place: _Place, a: str, b: str, *, is_array: bool = False) -> Difference:
    return Difference(
        path=place.path,
        name=place.name,
        a=a,
        b=b,
        holder=place.holder,
        kind=place.kind,
        label=place.label,
        is_array=is_array,
    )


def _is_users(node: Node) -> bool:
    return ".py: " in node.kind


def _is_plain(node: Node) -> bool:
    """Tell whether a node is a value such as a small number, which many places share without being the same state."""
    return node.kind.startswith("builtins.") and node.value is not None and not node.edges


def _only_counts(node: Node) -> bool:
    """Tell whether the value of a node only counts what its edges say better."""
    return bool(node.edges) and node.value is not None and node.value.endswith((" entries", " items"))


def _tell(node: Node) -> str:
    return node.kind.removeprefix("builtins.") if node.value is None else node.value


def _tell_edge(graph: Graph, node: Node, label: str) -> str:
    return _tell(graph.nodes[node.edges[label]]) if label in node.edges else ABSENT
