"""The product in a stage of a native training: the operands of one call of `matmul`, taken from those of the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.why.alone import Operation
from verify.files.arrays import list_arrays, load_array
from verify.files.trace import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.why.states import Setup
    from verify.files.trace import Event
    from verify.judging.arrays import Array

_NONE = "0" * 16


def take_product(
    event: Event, operands: Path, scratch: Path, setups: tuple[Setup, Setup], environment: Mapping[str, str]
) -> tuple[Operation, Operation] | None:
    """Return the product of a stage as it is on each side; None where the stage has none, or both give the same.

    Args:
        event: the stage.
        operands: the file with its operands.
        scratch: a directory for files.
        setups: the worlds of both sides.
        environment: the variables of this process, without those that name a world.
    """
    factors = _find_factors(event, {name: load_array(operands, name) for name in list_arrays(operands)})
    if factors is None:
        return None
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / "product.npz"
    members: dict[str, Any] = {"in.x1": factors[0], "in.x2": factors[1]}
    np.savez(path, **members)
    tensors = tuple(
        Tensor(name=name, dtype=factor.dtype.newbyteorder("<").str, shape=factor.shape, fingerprint=_NONE)
        for name, factor in zip(("x1", "x2"), factors, strict=True)
    )
    product = attrs.evolve(event, stage="numpy.matmul", inputs=tensors, outputs=())
    made = []
    for side, setup in enumerate(setups):
        operation = Operation(
            event=product, operands=path, scratch=scratch / f"side-{side}", environment=environment, way="function"
        )
        operation.expected = operation.run(setup)
        made.append(operation)
    if made[0].expected is None or made[0].expected == made[1].expected:
        return None
    return made[0], made[1]


def _find_factors(event: Event, arrays: Mapping[str, Array]) -> tuple[Array, Array] | None:
    """Return the factors of the product of a dense layer's stage."""
    given = [arrays.get(f"in.{tensor.name}") for tensor in event.inputs or ()]
    tables = [array for array in given if array is not None and array.ndim == 2 and array.dtype.kind == "f"]  # noqa: PLR2004
    if len(tables) < 2:  # noqa: PLR2004 - two factors
        return None
    left, right = tables[:2]
    made = [arrays.get(f"out.{tensor.name}") for tensor in event.outputs]
    shapes = [array.shape for array in made if array is not None]
    if event.stage.endswith(".output"):
        pair = left, right
    elif event.stage.endswith(".input_gradient"):
        pair = left, right.T
    elif event.stage.endswith(".gradients"):
        pair = left.T, right
    else:
        return None
    if pair[0].shape[1] != pair[1].shape[0] or (pair[0].shape[0], pair[1].shape[1]) not in shapes:
        return None
    return pair
