"""The state of the global generators of Python, NumPy (legacy) and PyTorch, for other code in the same process."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEGACY = "MT19937"


@attrs.frozen(kw_only=True, eq=False)
class Generators:
    """The state of the global generators.

    Args:
        python: of the module `random`, as `random.getstate` gives it.
        numpy: as `numpy.random.get_state` gives it; None where a program has put another generator there.
        torch: of PyTorch on the processor, uint8; None where it is not loaded.
    """

    python: tuple[Any, ...]
    numpy: tuple[Any, ...] | None
    torch: NDArray[np.uint8] | None


def capture_generators() -> Generators:
    """Return copies of the states."""
    numpy: Any = np.random.get_state()  # noqa: NPY002 - the legacy global state is what is kept
    torch: Any = sys.modules.get("torch")
    return Generators(
        python=random.getstate(),
        numpy=numpy if isinstance(numpy, tuple) and numpy[0] == _LEGACY else None,
        torch=np.array(torch.get_rng_state().numpy()) if hasattr(torch, "get_rng_state") else None,
    )


def restore_generators(generators: Generators) -> None:
    """Go on from these states."""
    random.setstate(generators.python)
    if generators.numpy is not None:
        np.random.set_state(generators.numpy)  # noqa: NPY002 - as above
    torch: Any = sys.modules.get("torch")
    if generators.torch is not None and hasattr(torch, "set_rng_state"):
        torch.set_rng_state(torch.from_numpy(np.array(generators.torch)))
