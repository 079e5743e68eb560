"""Runs the portable counterpart of an operation on captured operands; copied beside `operation.py`.

    python counterpart.py SPECIFICATION

Portable are this project's product, sums, exp and log, and stable sorts of NumPy. Printed is a JSON object: `name` of
the counterpart and the fingerprints of its `results`; nothing where the operation has none.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

operation: Any = importlib.import_module(f"{__package__ or ''}.operation".lstrip("."))  # it is copied beside this
_PRODUCTS = ("matmul", "dot", "inner")
_SUMS = ("sum", "mean")
_FUNCTIONS = ("exp", "log")
_SORTS = ("sort", "argsort")


def main(path: str) -> None:
    """Read a specification, run the counterpart, print what came out."""
    specification = json.loads(Path(path).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(run(specification)))


def run(specification: dict[str, Any]) -> dict[str, Any]:
    """Return name and fingerprints; nothing where there is no counterpart."""
    import numpy as np  # noqa: PLC0415 - the program's own

    with np.load(specification["operands"]) as archive:
        operands = {key: archive[key] for key in archive.files}
    arguments = operation.read_arguments(specification["inputs"], operands)
    arrays = [value for value in arguments.values() if getattr(value, "ndim", 0)]
    found = _compute(specification["stage"].partition("@")[0].rpartition(".")[2], arrays, arguments)
    return {} if found is None else {"name": found[0], "results": operation.describe(found[1])}


def _compute(name: str, arrays: list[Any], arguments: dict[str, Any]) -> tuple[str, Any] | None:
    """Return the counterpart's name and result."""
    import numpy as np  # noqa: PLC0415 - as above

    portable: Any = importlib.import_module("appliance")
    if name in _PRODUCTS and len(arrays) == 2:  # noqa: PLR2004 - two operands
        left, right = arrays
        if left.ndim > 2 or right.ndim > 2 or (name == "inner" and right.ndim > 1):  # noqa: PLR2004 - matrices and vectors
            return None
        product = portable.matmul(np.atleast_2d(left), right if right.ndim > 1 else right[:, np.newaxis])
        return "appliance.matmul", product
    if name in _SUMS and len(arrays) == 1 and "axis" not in arguments and "0" not in arguments:
        return f"appliance.portable.{name}", getattr(portable.portable, name)(arrays[0])
    if name in _FUNCTIONS and len(arrays) == 1:
        return f"appliance.{name}", getattr(portable, name)(arrays[0])
    if name in _SORTS and len(arrays) == 1:
        return f'numpy.{name} with kind="stable"', getattr(np, name)(arrays[0], kind="stable")
    return None


if __name__ == "__main__":
    main(sys.argv[1])
