"""The state of the global generators of Python, NumPy (legacy) and PyTorch, for other code in the same process."""

from __future__ import annotations

import importlib
import random
import sys
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEGACY = "MT19937"
_WORDS = 624  # of its key


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
    if generators.torch is not None:
        torch: Any = _load_torch()
        if hasattr(torch, "set_rng_state"):
            torch.set_rng_state(torch.from_numpy(np.array(generators.torch)))


def require_states(generators: Generators) -> None:
    """Return if the generators of Python and NumPy can go on from these states; their own states stay.

    Raises:
        ValueError, TypeError, OverflowError: they cannot.
    """
    random.Random(0).setstate(generators.python)  # noqa: S311 - a generator of the kind of the global one
    if generators.numpy is None:
        return
    _, key, position, has_gauss, _ = generators.numpy
    # NumPy itself takes any position, and then reads past the end of the key.
    if key.shape != (_WORDS,) or not 0 <= position <= _WORDS or has_gauss not in (0, 1):
        raise ValueError(f"no state of NumPy's generator: {key.shape} words, position {position}, {has_gauss}")


def _load_torch() -> object:
    """Return PyTorch; None where it is not installed.

    A program may import it only in a step. Where a state is kept, it had done so.
    """
    try:
        return importlib.import_module("torch")
    except ImportError:
        return sys.modules.get("torch")
