"""Arguments of programs that have another type than they need, such as a class in the place of an object."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.config.layer_settings import LayerSettings


def require_kind(value: object, kind: type | tuple[type, ...], name: str, expected: str) -> None:
    """Refuse a value of another type.

    Raises:
        TypeError: the message has the name of the argument, what is expected, and what was found.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name}: expected {expected}, found {describe_kind(value)}")


def require_layers(model: object) -> tuple[LayerSettings, ...]:
    """Return the layers of a model.

    Raises:
        TypeError: it is no list of layers; the first entry that is no layer is named.
    """
    if isinstance(model, str) or not isinstance(model, Iterable):
        raise TypeError(f"model: expected a list of layers, found {describe_kind(model)}")
    layers = tuple(model)
    for number, layer in enumerate(layers):
        require_kind(layer, LayerSettings, f"model[{number}]", "a layer, such as nn.Dense(units=10)")
    return layers


def describe_kind(value: object) -> str:
    """Return in words what was given in the place of something else.

    >>> describe_kind("adam"), describe_kind(LayerSettings)
    ("'adam'", 'the class LayerSettings; with parentheses after it, it makes an object')
    """
    if isinstance(value, type):
        return f"the class {value.__name__.removesuffix('Config')}; with parentheses after it, it makes an object"
    if value is None or isinstance(value, str | int | float):
        return repr(value)[:80]
    return f"an object of the type {type(value).__name__}"
