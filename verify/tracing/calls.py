"""Records the calls that a watched module makes.

`f(x)` in a watched module is compiled as `call(f, at)(x)`. `call` returns `f` itself, unless `f` belongs to NumPy,
SciPy or another library that is recorded (`verify.tracing.naming`). So the libraries are not changed, objects
keep their identity, and calls inside of libraries are not seen.
"""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from verify.tracing import session as sessions
from verify.tracing.naming import Spec, classify

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from verify.tracing.session import Session

_UNSET = ("numpy.empty", "numpy.empty_like")  # their memory was never written, so it has no value yet
_SEEDED = ("seed", "set_state", "setstate")  # they replace the state of a generator, so it is no input
# What these overwrite, and all that is given as `out`, may have had no value before, so it is no input.
_FILLED = {"numpy.copyto": "dst", "numpy.ndarray.fill": "self"}


def call(function: Any, at: str) -> Any:  # noqa: ANN401 - anything that can be called
    """Return what is to be called in the place of a function: itself, or a function that also records the call."""
    session = sessions.session
    if session is None or session.busy.on:
        return function
    try:
        spec = classify(function)
    except Exception as error:  # noqa: BLE001 - an object that answers in odd ways is called as it is
        session.note(f"a call could not be classified: {type(error).__name__}")
        return function
    return function if spec is None else _make_traced(function, spec, session, at)


def _make_traced(function: Any, spec: Spec, session: Session, at: str) -> Callable[..., Any]:  # noqa: ANN401
    def traced(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        try:
            inputs = _name_inputs(spec, args, kwargs)
        except Exception as error:  # noqa: BLE001 - as above
            session.note(f"{spec.stage} ({type(error).__name__})")
            return function(*args, **kwargs)
        unset = ("out", _FILLED.get(spec.stage))
        pending = session.begin(spec.kind, spec.stage, [pair for pair in inputs if pair[0] not in unset], at)
        result = function(*args, **kwargs)
        if pending is not None:
            session.end(pending, _name_outputs(spec, inputs, result))
        return result

    return traced


def _name_inputs(spec: Spec, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, object]]:
    """Return names and values of the arguments, and the state of the generator that a draw begins with."""
    pairs: list[tuple[str, object]] = []
    replaced = spec.kind == "draw" and spec.stage.rpartition(".")[2] in _SEEDED
    if spec.owner is not None and not replaced:
        pairs.append(("state", read_state(spec.owner)) if spec.kind == "draw" else ("self", spec.owner))
    count = len(spec.names)
    pairs += [(spec.names[place] if place < count else str(place), value) for place, value in enumerate(args)]
    pairs += kwargs.items()
    if spec.kind == "output":
        return [(name, value) for name, value in pairs if not hasattr(value, "fileno")]
    return [(name, value) for name, value in pairs if not callable(value)]


def _name_outputs(spec: Spec, inputs: list[tuple[str, object]], result: object) -> list[tuple[str, object]]:
    """Return the result, the arguments that may have been changed, or the state of a new generator."""
    if spec.kind == "output":
        return inputs
    if spec.stage in _UNSET:
        return []
    if spec.kind == "draw":
        made = read_state(result)
        if made is not None:
            return [("state", made)]
    if result is not None:
        return [("result", result)]
    changed = [pair for pair in inputs if pair[0] != "state" and not isinstance(pair[1], (int, float, str))]
    if spec.kind == "draw" and spec.owner is not None:
        changed.append(("state", read_state(spec.owner)))
    return changed


def read_state(generator: Any) -> str | None:  # noqa: ANN401 - a generator of NumPy or of Python
    """Return the state of a random generator as a text: a digest of it; None for any other object."""
    source = getattr(generator, "bit_generator", getattr(generator, "_bit_generator", generator))
    state = getattr(source, "state", None)
    if isinstance(state, dict) and "bit_generator" in state:
        return _digest_state(state)
    if type(generator).__module__ == "random" and hasattr(generator, "getstate"):
        return _digest_state({"state": generator.getstate()})
    return None


def _digest_state(state: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    _feed(digest, state)
    return f"{state.get('bit_generator', 'random')} {digest.hexdigest()[:16]}"


def _feed(digest: Any, value: Any) -> None:  # noqa: ANN401 - a nested value
    if isinstance(value, dict):
        for key in sorted(value):
            digest.update(repr(key).encode())
            _feed(digest, value[key])
    elif hasattr(value, "tobytes"):
        little = value.astype(value.dtype.newbyteorder("<")) if sys.byteorder == "big" else value
        digest.update(little.tobytes())
    else:
        digest.update(repr(value).encode())
