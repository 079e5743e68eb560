"""Takes values apart: containers, objects of known libraries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PYTHON = {bool: "bool", int: "int", float: "float", complex: "complex", str: "str", bytes: "bytes"}
"""The names of Python's own types that have a fingerprint."""
_DEPTH, _MEMBERS, _LISTED = 4, 64, 1 << 20


class Tally:
    """What was read, in bytes, and what was not described, counted by the name of its type."""

    def __init__(self) -> None:
        self.types: dict[str, int] = {}
        self.bytes = 0

    def add(self, value: object) -> None:
        """Count one value that has no fingerprint."""
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        if name in self.types or len(self.types) < _MEMBERS:
            self.types[name] = self.types.get(name, 0) + 1


def flatten(name: str, value: object, tally: Tally, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield the arrays and numbers in a value, with names such as `x[0]` or `x.key`."""
    numpy = sys.modules.get("numpy")
    if value is None or type(value) in PYTHON:
        if value is not None:
            yield name, value
    elif numpy is not None and hasattr(numpy, "ndarray") and isinstance(value, (numpy.ndarray, numpy.generic)):
        yield from _split_array(name, value, numpy)
    elif isinstance(value, (list, tuple, set, frozenset, dict)):
        yield from _flatten_container(name, value, tally, depth)
    elif (parts := _take_apart(value)) is not None:
        for label, part in parts:
            yield from flatten(name + label, part, tally, depth + 1)
    else:
        tally.add(value)


def _split_array(name: str, value: Any, numpy: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 - NumPy of any version
    """Yield an array; a masked array as its values, with zeros where it is masked, and its mask."""
    masked = getattr(numpy, "ma", None) if type(value) is not numpy.ndarray else None
    if masked is not None and isinstance(value, masked.MaskedArray):
        plain = numpy.array(value.data, subok=False)
        if value.dtype.names is None and value.dtype.kind in "?biufc":
            plain[masked.getmaskarray(value)] = 0
        yield name, plain
        yield f"{name}.mask", masked.getmaskarray(value)
    else:
        yield name, value


def _flatten_container(name: str, value: Any, tally: Tally, depth: int) -> Iterator[tuple[str, object]]:  # noqa: ANN401
    """Yield the members of a container; a list or set of numbers or texts is one array, in the order of iteration."""
    if depth >= _DEPTH or len(value) > _LISTED:
        tally.add(value)
        return
    members = list(value)  # of a dict its keys
    if isinstance(value, dict):
        yield from _flatten_plain(f"{name}.keys()", members, tally, depth)
        for key in members[:_MEMBERS]:
            yield from flatten(f"{name}.{key}", value[key], tally, depth + 1)
        return
    yield from _flatten_plain(name, members, tally, depth)


def _flatten_plain(name: str, members: list[Any], tally: Tally, depth: int) -> Iterator[tuple[str, object]]:
    numpy = sys.modules.get("numpy")
    kinds = list(dict.fromkeys(type(member) for member in members))
    if numpy is not None and len(members) > 1 and len(kinds) == 1 and kinds[0] in (int, float, bool, str, complex):
        array = numpy.array(members)
        if not array.dtype.hasobject:
            yield name, array
            return
    for number, member in enumerate(members[:_MEMBERS]):
        yield from flatten(f"{name}[{number}]", member, tally, depth + 1)
    if len(members) > _MEMBERS:
        tally.add(members)


def _take_apart(value: Any) -> list[tuple[str, object]] | None:  # noqa: ANN401 - objects of any library
    """Return the arrays in an object of a known library; None for any other object."""
    root = type(value).__module__.partition(".")[0]
    if root == "torch" and hasattr(value, "detach") and hasattr(value, "element_size"):
        return read_torch(value)
    if root == "datetime":
        return [("", value.isoformat() if hasattr(value, "isoformat") else str(value))]
    if root == "pandas" and hasattr(value, "to_numpy"):
        columns = list(getattr(value, "columns", ()))[:_MEMBERS]
        return [(f".{name}", value[name].to_numpy()) for name in columns] or [("", value.to_numpy())]
    if root in ("sklearn", "scipy", "statsmodels") and hasattr(value, "__dict__"):
        if hasattr(value, "indptr"):  # a sparse matrix
            return [(f".{name}", getattr(value, name)) for name in ("data", "indices", "indptr")]
        fitted = ((name, part) for name, part in vars(value).items() if not name.startswith("_"))
        return [(f".{name}", part) for name, part in fitted if not callable(part)][:_MEMBERS]
    return None


def read_torch(value: Any) -> list[tuple[str, object]] | None:  # noqa: ANN401 - a tensor of PyTorch
    """Return a tensor of PyTorch as an array of the same memory; None where it has none here."""
    torch = sys.modules["torch"]
    if value.layout is not torch.strided or value.device.type == "meta" or value.is_quantized:
        return None
    plain = value.detach()
    if plain.device.type != "cpu":
        plain = plain.cpu()
    if plain.dtype is torch.bfloat16:
        plain = plain.view(torch.int16)
    return [("", plain.resolve_conj().resolve_neg().numpy())]
