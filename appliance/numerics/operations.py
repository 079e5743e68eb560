"""The operations that a plan may list: one table.

Part of bits 2. Each is one IEEE 754 operation by element, an exact reduction, or a copy. Another array library that
has these operations could take NumPy's place; a self-test replaces a sound operation by a broken one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Operations = Mapping[str, Callable[..., object]]

Operation = Literal[
    "abs",
    "add",
    "add.at",
    "add.reduce",
    "bitwise_and",
    "copyto",
    "divide",
    "exp",
    "greater",
    "matmul",
    "maximum",
    "maximum.reduce",
    "minimum",
    "minimum.reduce",
    "multiply",
    "rint",
    "sqrt",
    "subtract",
    "take",
    "tanh",
]

# Sums and products are exact where portable arithmetic uses them, so their order is free.
PORTABLE: Operations = MappingProxyType(
    {
        "abs": np.abs,
        "add": np.add,
        "add.at": np.add.at,
        "add.reduce": np.add.reduce,
        "bitwise_and": np.bitwise_and,
        "copyto": np.copyto,
        "divide": np.divide,
        "greater": np.greater,
        "matmul": np.matmul,
        "maximum": np.maximum,
        "maximum.reduce": np.maximum.reduce,
        "minimum": np.minimum,
        "minimum.reduce": np.minimum.reduce,
        "multiply": np.multiply,
        "rint": np.rint,
        "sqrt": np.sqrt,
        "subtract": np.subtract,
        "take": np.ndarray.take,
    }
)
# Native arithmetic also uses what differs between machines.
NATIVE: Operations = MappingProxyType({**PORTABLE, "exp": np.exp, "tanh": np.tanh})
