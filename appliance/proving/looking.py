"""What one object holds: a value of its own, and the objects that it refers to, by label."""

from __future__ import annotations

import contextvars
import functools
import sys
import types
import weakref
from collections import ChainMap, UserDict, UserList, deque
from typing import TYPE_CHECKING, Any

import attrs

from appliance.proving.insides import list_attributes, look_at_cache, look_at_function, look_at_generator, reduce_object
from appliance.proving.values import describe_array, describe_key, describe_plain, describe_state, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from appliance.proving.modules import Modules

    Parts = dict[str, object]

_MANY = 64  # items of a list or table of plain values that are described one by one


@attrs.frozen(kw_only=True)
class Seen:
    """What was seen of an object.

    Args:
        kind: its type.
        value: what it holds itself, as text.
        parts: what it refers to, by label.
    """

    kind: str
    value: str | None = None
    parts: Mapping[str, object] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Opaque:
    """An object into which nobody can look."""

    kind: str


def look(found: object, modules: Modules) -> Seen | Opaque:
    """Return what an object holds."""
    kind = modules.name_class(type(found))
    value = describe_plain(found)
    if value is None and is_one_of(found, (type,)):
        return _look_at_class(found, modules)
    if value is None:
        value = describe_array(found) or describe_state(found)
    own = None if is_one_of(found, (types.ModuleType,)) else list_attributes(found)
    parts = own or {}
    if value is not None:
        return Seen(kind=kind, value=value, parts=parts)
    for accepted, find in _FINDERS:
        if is_one_of(found, accepted):
            value, inside = find(found, modules)
            return Seen(kind=kind, value=value, parts={**parts, **inside})
    if own is not None:
        return Seen(kind=kind, parts=parts)
    reduced = reduce_object(found)
    return Opaque(kind=kind) if reduced is None else Seen(kind=kind, parts=reduced)


def is_one_of(found: object, accepted: tuple[type, ...]) -> bool:
    """Tell whether the true type of an object is one of these or made from one; no code of the object is called."""
    return any(one in type(found).__mro__ for one in accepted)


def _look_at_class(found: Any, modules: Modules) -> Seen:  # noqa: ANN401 - a class
    """Return the attributes of a class of the program or of the user's; of another one its name only."""
    name = modules.name_class(found)
    if not modules.owns(found.__module__):
        return Seen(kind="class", value=name)
    left_out = {"__doc__", "__module__", "__dict__", "__weakref__", "__annotations__", "_abc_impl", "__slots__"}
    left_out |= {"__abstractmethods__", "__orig_bases__", "__parameters__", "__qualname__", "__firstlineno__"}
    left_out |= {"__static_attributes__", "__annotate_func__", "__annotations_cache__", "__dataclass_fields__"}
    kept = {f".{key}": value for key, value in sorted(vars(found).items()) if key not in left_out}
    kept = {key: value for key, value in kept.items() if type(value) is not types.MemberDescriptorType}
    kept |= {f"<base {number}>": base for number, base in enumerate(found.__bases__)}
    return Seen(kind="class", value=name, parts=kept)


def _look_at_table(found: Any, modules: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a dictionary
    """Return the entries of a dictionary; keys that are no plain values are numbered."""
    items = list(dict.items(found)) if is_one_of(found, (dict,)) else list(found.items())
    parts: Parts = {}
    for number, (key, value) in enumerate(items):
        text = describe_key(key)
        if text is None:
            label = f"[{modules.name_class(type(key))} {number}]"
            parts[f"{label} as a key"] = key
        else:
            label = f"[{text}]"
        parts[label] = value
    if len(parts) > _MANY and all(describe_plain(value) is not None for value in parts.values()):
        return _describe_all(f"{label} {describe_plain(value)}" for label, value in sorted(parts.items())), {}
    return f"{len(items)} entries", parts


def _look_at_list(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a list or alike
    """Return the items of a list; many plain ones as one value."""
    items = list(found)
    if len(items) > _MANY:
        texts = [describe_plain(one) for one in items]
        if None not in texts:
            return f"{len(items)} items, {_describe_all(map(str, texts))}", {}
    return f"{len(items)} items", {f"[{number}]": one for number, one in enumerate(items)}


def _look_at_set(found: Any, modules: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a set
    """Return the members of a set: plain values sorted, others numbered by their types."""
    texts = [(describe_plain(one), one) for one in list(found)]
    plain = sorted(text for text, _ in texts if text is not None)
    others = [one for text, one in texts if text is None]
    others.sort(key=lambda one: modules.name_class(one if is_one_of(one, (type,)) else type(one)))
    return f"{{{shorten(', '.join(plain))}}}, {len(others)} others", {
        f"{{{number}}}": one for number, one in enumerate(others)
    }


def _describe_all(texts: Iterable[str]) -> str:
    return shorten("\n".join(texts), shown=0)


def _look_at_method(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a method
    owner = found.__self__
    if isinstance(owner, types.ModuleType):
        return f"{owner.__name__}.{found.__name__}", {}
    parts: Parts = {" of": owner}
    if isinstance(found, types.MethodType):
        parts[" is"] = found.__func__
    return getattr(found, "__name__", None), parts


def _look_at_module(found: Any, modules: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a module
    if not modules.owns(found.__name__) and sys.modules.get(found.__name__) is not None:
        return found.__name__, {}  # a module that is in no list of modules was made by the program
    left_out = {"__builtins__", "__spec__", "__loader__", "__cached__", "__file__", "__doc__", "__path__"}
    return found.__name__, {f": {key}": value for key, value in sorted(vars(found).items()) if key not in left_out}


def _look_at_property(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a property
    return None, {f" {name}": part for name in ("fget", "fset", "fdel") if (part := getattr(found, name)) is not None}


def _look_at_wrapped(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a static method or alike
    return None, {" of": found.__func__}


def _look_at_partial(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a partial
    return None, {" of": found.func, " arguments": found.args, " keywords": found.keywords}


def _look_at_cell(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a cell
    try:
        return None, {"": found.cell_contents}
    except ValueError:
        return "empty", {}


def _look_at_context(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a variable of a context
    unset = object()
    value = found.get(unset)
    return (found.name, {}) if value is unset else (found.name, {" (value)": value})


def _look_at_weak(found: Any, _: Modules) -> tuple[str | None, Parts]:  # noqa: ANN401 - a weak reference
    alive = found()
    return ("dead", {}) if alive is None else ("alive", {" (weak)": alive})


_FINDERS: tuple[tuple[tuple[type, ...], Callable[[Any, Modules], tuple[str | None, Parts]]], ...] = (
    ((dict, types.MappingProxyType, UserDict, ChainMap), _look_at_table),
    ((list, tuple, deque, UserList), _look_at_list),
    ((set, frozenset), _look_at_set),
    ((types.FunctionType,), look_at_function),
    ((types.MethodType, types.BuiltinMethodType, types.MethodWrapperType), _look_at_method),
    ((types.ModuleType,), _look_at_module),
    ((property,), _look_at_property),
    ((staticmethod, classmethod), _look_at_wrapped),
    ((functools.partial,), _look_at_partial),
    ((functools._lru_cache_wrapper,), look_at_cache),  # noqa: SLF001 - the type has no other name
    ((types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType), look_at_generator),
    ((types.CellType,), _look_at_cell),
    ((weakref.ReferenceType,), _look_at_weak),
    ((contextvars.ContextVar,), _look_at_context),
)
