"""Whether code of the user's takes part in a training, as far as its settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.config.own import OWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.digests import JsonValue


def uses_own_code(settings: Mapping[str, JsonValue]) -> bool:
    """Tell whether settings name an experiment, or a layer, loss, optimizer or schedule that is a class of the user's.

    >>> uses_own_code({"model": {"layers": [{"kind": "own", "class": "Swish"}]}})
    True
    >>> uses_own_code({"name": "own", "model": {"layers": [4, 2]}})
    False
    """
    optimizer = settings.get("optimizer")
    rule = optimizer if isinstance(optimizer, dict) else {}
    return (
        settings.get("experiment") is not None
        or OWN in (rule.get("name"), rule.get("schedule"))
        or isinstance(_read(settings.get("training"), "loss"), dict)
        or _has_own_layer(_read(settings.get("model"), "layers"))
    )


def _read(table: JsonValue, name: str) -> JsonValue:
    return table.get(name) if isinstance(table, dict) else None


def _has_own_layer(layers: JsonValue) -> bool:
    """Tell whether a layer, or one inside it, is a class of the user's."""
    return any(
        isinstance(layer, dict) and (layer.get("kind") == OWN or _has_own_layer(layer.get("layers")))
        for layer in (layers if isinstance(layers, list | tuple) else ())
    )
