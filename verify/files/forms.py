"""What the classes of files may say about their fields.

A form is a frozen attrs class; its fields are the keys of a JSON object. A field without a default is a key that must
be there; a field with a default may be absent. The metadata KEY gives a key that is no name in Python, OMIT leaves a
key out while it has its default, and a field called `extra` keeps unknown keys, for files that other versions may have
written. Everything else is refused: unknown keys, 1 for 1.0, true for 1, a text for a list.

Modules with forms do not postpone the evaluation of annotations, because the types are read while running.
"""

from __future__ import annotations

from typing import Any

import attrs

KEY, OMIT, EXTRA = "key", "omit", "extra"
OPTIONAL = {OMIT: True}
"""The metadata of a key that is left out where there is nothing to say."""


def find_key(field: attrs.Attribute[Any]) -> str:
    """Return the JSON key of a form's field."""
    return str(field.metadata.get(KEY, field.name))


def is_tolerant(form: type[Any]) -> bool:
    """Tell whether a form keeps unknown keys."""
    return any(field.name == EXTRA for field in attrs.fields(form))
