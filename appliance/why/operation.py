"""Runs one operation on captured operands; copied beside the recorder and started by any Python.

    python operation.py SPECIFICATION

The specification is a JSON object: `stage`, `operands` (a npz file with members in.NAME), `inputs` (name, dtype and
value of each input, in order). Printed is a JSON object: for each way in which the operation can be called, the
fingerprints of its results.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_SCALARS = ("int", "float", "bool", "str", "complex")
_TUPLES = ("axis", "axes", "shape", "size", "newshape", "repeats", "pad_width")
_PART = re.compile(r"\[(\d+)\]")


def main(path: str) -> None:
    """Read a specification, run the operation in every way, print what came out."""
    specification = json.loads(Path(path).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(run(specification)))


def run(specification: dict[str, Any]) -> dict[str, Any]:
    """Return the fingerprints of the results by the way of calling."""
    import numpy as np  # noqa: PLC0415 - the program's own

    found: dict[str, Any] = {}
    for name, function in list_ways(specification["stage"]):
        with np.load(specification["operands"]) as archive:
            arguments = read_arguments(specification["inputs"], {key: archive[key] for key in archive.files})
        try:
            found[name] = describe(call(name, function, arguments), specification.get("keep"))
        except Exception as error:  # noqa: BLE001 - one way of calling that does not fit
            found[name] = f"{type(error).__name__}: {error}"[:200]
    return found


def list_ways(stage: str) -> Iterator[tuple[str, Callable[..., Any] | None]]:
    """Yield the ways in which an operation can be called: as an operator, as a function, as a method."""
    short = stage.partition("@")[0].rpartition(".")[2]
    operators = importlib.import_module(f"{_find_package()}.operators")
    for table in (operators.BINARY, operators.COMPARE, operators.UNARY):
        if stage == f"numpy.{short}" and short in table:
            yield "operator", table[short]
    if stage.startswith("numpy.ndarray."):
        yield "method", None
        return
    if stage.startswith("torch."):
        torch = importlib.import_module("torch")
        yield "torch", getattr(torch.ops.aten, short)
        return
    function = _find_function(stage.partition("@")[0])
    if function is not None:
        yield "function", function


def _find_package() -> str:
    return "repro_appliance_tracing"


def _find_function(stage: str) -> Callable[..., Any] | None:
    """Return the function that a stage names."""
    parts = stage.split(".")
    for size in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:size]))
        except ImportError:
            continue
        for part in parts[size:]:
            found = getattr(found, part, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
    return None


def read_arguments(inputs: list[dict[str, Any]], operands: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments by name, with lists and tuples put together again."""
    arguments: dict[str, Any] = {}
    for row in inputs:
        name = row["name"]
        value = operands.get(f"in.{name}")
        if value is None:
            value = row.get("value")
        elif row["dtype"] in _SCALARS:
            value = value.item()
        elif value.ndim == 0 and row["dtype"] not in _SCALARS:
            value = value[()]
        part = _PART.search(name)
        if part is None:
            arguments[name] = _take_tuple(name, value)
        else:
            arguments.setdefault(name[: part.start()], []).append(value)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in arguments.items()}


def _take_tuple(name: str, value: Any) -> Any:  # noqa: ANN401 - any argument
    if name in _TUPLES and getattr(value, "ndim", 0) == 1:
        return tuple(int(number) for number in value)
    return value


def call(way: str, function: Callable[..., Any] | None, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
    """Call an operation in one way."""
    if way == "method":
        function = getattr(arguments.pop("self"), arguments.pop("method"))
    if way == "operator":
        return function(*arguments.values())  # type: ignore[misc]
    if way == "torch":
        return _call_torch(function, arguments)
    naming = importlib.import_module(f"{_find_package()}.naming")
    names = naming.read_names(function) if way == "function" else ()
    placed = [name for name in arguments if name.isdecimal()]
    for name in names:
        if name not in arguments or name == "out":
            break
        placed.append(name)
    positional = [arguments.pop(name) for name in placed]
    return function(*positional, **arguments)  # type: ignore[misc]


def _call_torch(function: Callable[..., Any] | None, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
    """Call an operation of PyTorch by the names of its schema."""
    torch = importlib.import_module("torch")
    given = {name: value for name, value in arguments.items() if name != "pin_memory"}
    for name, value in given.items():
        if type(value).__module__ == "numpy":
            given[name] = torch.from_numpy(value) if value.ndim else torch.tensor(value)
    with torch.no_grad():
        return function(**given)  # type: ignore[misc]


def describe(result: Any, keep: str | None = None) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the descriptions of a result as a trace has them; keep its arrays in a file if asked."""
    tensors = importlib.import_module(f"{_find_package()}.tensors")
    if keep:
        numpy = importlib.import_module("numpy")
        pairs = tensors.flatten("result", result, tensors.Tally())
        numpy.savez(keep, **{f"out.{name}": numpy.asarray(value) for name, value in pairs})
    described: list[dict[str, Any]] = tensors.describe("result", result, tensors.Tally())
    return described


if __name__ == "__main__":
    main(sys.argv[1])
