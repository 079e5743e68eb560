"""What functions, caches, generators and iterators hold besides attributes."""

from __future__ import annotations

import gc
import sys
import types
import warnings
from typing import TYPE_CHECKING, Any

from appliance.proving.values import describe_key

if TYPE_CHECKING:
    from appliance.proving.modules import Modules

    Parts = dict[str, object]

_HIDDEN = frozenset({"code", "function", "str", "type", "frame", "NoneType", "int"})
_STANDARD = frozenset({"builtins", *sys.stdlib_module_names})


def look_at_function(found: types.FunctionType, modules: Modules) -> tuple[str | None, Parts]:
    """Return the variables that a function closes over, its defaults, and the globals that nothing else leads to."""
    code = found.__code__
    parts: Parts = {
        f" (closure) {name}": cell for name, cell in zip(code.co_freevars, found.__closure__ or (), strict=True)
    }
    for number, default in enumerate(found.__defaults__ or ()):
        parts[f" (default) {code.co_varnames[code.co_argcount - len(found.__defaults__ or ()) + number]}"] = default
    parts |= {f" (default) {name}": value for name, value in sorted((found.__kwdefaults__ or {}).items())}
    if not modules.holds(found.__globals__):
        parts |= {
            f" (global) {name}": found.__globals__[name] for name in sorted({*code.co_names} & {*found.__globals__})
        }
    return f"{found.__module__}.{found.__qualname__}, line {code.co_firstlineno}", parts


def look_at_cache(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a functools.lru_cache
    """Return the function of a cache, and what it keeps by its arguments, in CPython."""
    inside = gc.get_referents(found)
    kept = next((one for one in inside if type(one) is dict and one is not vars(found)), {})
    entries = list(kept.items())
    if entries and type(entries[0][1]).__name__ == "_lru_list_elem":
        places = [number for number, one in enumerate(inside) if getattr(one, "__name__", "") == "_lru_list_elem"]
        pairs = [(inside[place - 2], inside[place - 1]) for place in places if place > 1]
        entries = pairs[: len(entries)]  # the last such type is not that of an entry
    parts: Parts = {" of": found.__wrapped__}
    for number, (key, value) in enumerate(entries):
        parts[f" (kept for {_name_arguments(key, number)})"] = value
    return None, parts


def _name_arguments(key: object, number: int) -> str:
    """Return the arguments of a call as text; its number where they cannot be told."""
    given = [one for one in key if type(one) is not object] if isinstance(key, tuple | list) else [key]
    texts = [_name_argument(one) for one in given]
    return f"call {number}" if None in texts else ", ".join(map(str, texts))


def _name_argument(found: object) -> str | None:
    """Return a plain value, or the plain attributes of an object; None for one that has none."""
    text = describe_key(found)
    if text is not None:
        return text
    named = {name: describe_key(value) for name, value in (list_attributes(found) or {}).items()}
    told = [f"{name}={value}" for name, value in named.items() if value is not None]
    return f"{type(found).__qualname__}({', '.join(told)})" if told else None


def list_attributes(found: object) -> Parts | None:
    """Return the attributes that an object has of its own, past properties; None if it can have none."""
    listed: Parts | None = None
    try:
        own = object.__getattribute__(found, "__dict__")
    except (AttributeError, TypeError):
        own = None
    if type(own) is dict:
        listed = {f".{name}": own[name] for name in sorted(name for name in own if type(name) is str)}
    for kind in type(found).__mro__:
        if "__slots__" not in vars(kind):
            continue
        listed = {} if listed is None else listed
        for name, slot in sorted(vars(kind).items()):
            if type(slot) is types.MemberDescriptorType:
                try:
                    listed[f".{name}"] = slot.__get__(found)
                except AttributeError:  # not set
                    continue
    return listed


def look_at_generator(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - generators of three kinds
    """Return the variables of a generator that waits, the iterators of its loops, and where it waits."""
    frame = next(getattr(found, name) for name in ("gi_frame", "cr_frame", "ag_frame") if hasattr(found, name))
    if frame is None:
        return "ended", {}
    variables = frame.f_locals
    parts: Parts = {f" (variable) {name}": variables[name] for name in sorted(variables)}
    seen = list(variables.values())
    loops = [one for one in gc.get_referents(found) if type(one).__name__ not in _HIDDEN]
    loops = [one for one in loops if not any(one is other for other in seen)]
    return f"at {frame.f_lasti}", {**parts, **{f" (loop {number})": one for number, one in enumerate(loops)}}


def reduce_object(found: Any) -> Parts | None:  # noqa: ANN401 - any object
    """Return what the standard library says of an object of its own, such as an iterator; None for all others."""
    if type(found).__module__ not in _STANDARD:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reduced = found.__reduce_ex__(2)
    except Exception:  # noqa: BLE001 - many objects refuse
        inside = [one for one in gc.get_referents(found) if type(one).__name__ not in _HIDDEN]
        return {f" (inside {number})": one for number, one in enumerate(inside)} or None
    if type(reduced) is not tuple:
        return None
    parts = (*reduced[1], *reduced[2:3])
    return {f" (part {number})": one for number, one in enumerate(parts)}
