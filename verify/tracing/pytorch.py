"""Records the operations of PyTorch through its dispatch mode, which sees every operation of the main thread."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from verify.tracing import session as sessions

if TYPE_CHECKING:
    from typing import Any

_DRAWS = frozenset(
    "bernoulli bernoulli_ cauchy_ exponential_ geometric_ log_normal_ multinomial normal normal_ native_dropout rand "
    "rand_like randint randint_like randn randn_like random_ randperm uniform_".split()
)
_FILLS = frozenset(
    "bernoulli_ cauchy_ copy_ exponential_ fill_ geometric_ log_normal_ normal_ random_ uniform_ zero_".split()
)
_UNSET = ("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "resize_")
_VIEWS = frozenset("detach view _unsafe_view alias t transpose permute expand slice select unsqueeze squeeze".split())

_NAMES: dict[Any, list[str]] = {}


def install() -> None:
    """Enter the dispatch mode, once PyTorch has been imported."""
    session = sessions.session
    if session is None or "torch" not in sys.modules:
        return
    try:
        _make_mode().__enter__()
    except Exception as error:  # noqa: BLE001 - another version of PyTorch must not end the program
        session.note(f"operations of PyTorch ({type(error).__name__}: {error})")


def _make_mode() -> Any:  # noqa: ANN401 - a class of PyTorch
    from torch.utils._python_dispatch import TorchDispatchMode  # noqa: PLC0415 - only where PyTorch is

    class Mode(TorchDispatchMode):  # type: ignore[misc]
        """Calls each operation, and records it."""

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
            return _record(function, args, kwargs or {})

    return Mode()


def _record(function: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401 - an operation of PyTorch
    session = sessions.session
    name = str(getattr(function, "__name__", function)).partition(".")[0]
    if session is None or session.busy.on or name in _VIEWS or name.startswith("_record_function"):
        return function(*args, **kwargs)
    kind = "draw" if name in _DRAWS else "operation"
    names = _read_names(function)
    labels = [names[place] if place < len(names) else str(place) for place in range(len(args))]
    inputs = [*zip(labels, args), *kwargs.items()]  # noqa: B905 - Python 3.9 does not know `strict`
    if name in _FILLS:
        del inputs[0]  # it is overwritten, and may have had no value
    chosen = [(label, value) for label, value in inputs if not _is_setting(value)]
    if kind == "draw":
        chosen.insert(0, ("state", _read_state()))
    pending = session.begin(kind, f"torch.{name}", chosen)
    result = function(*args, **kwargs)
    session.end(pending, () if name in _UNSET else (("result", result),))
    return result


def _read_names(function: Any) -> list[str]:  # noqa: ANN401
    """Return the names of an operation's arguments, as far as it tells; read once for each operation."""
    names = _NAMES.get(function)
    if names is None:
        arguments = getattr(getattr(function, "_schema", None), "arguments", ())
        names = _NAMES[function] = [argument.name for argument in arguments]
    return names


def _is_setting(value: object) -> bool:
    """Tell whether an argument is a device, layout or data type of PyTorch or a generator."""
    return type(value).__module__.partition(".")[0] == "torch" and not hasattr(value, "element_size")


def _read_state() -> object:
    torch = sys.modules["torch"]
    return torch.random.get_rng_state().numpy()
