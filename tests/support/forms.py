"""Small forms with every kind of field that files use."""

from collections.abc import Mapping
from typing import Annotated, Literal

import attrs

from verify.digests import JsonObject, JsonValue
from verify.files.forms import KEY, OMIT
from verify.files.limits import Count, Digest, NotEmpty


@attrs.frozen(kw_only=True)
class Item:
    """Numbers, and lists in an object."""

    count: Count
    value: float
    tags: Mapping[str, tuple[int, ...]]


@attrs.frozen(kw_only=True)
class Page:
    """A text, a renamed key, a list that is never empty, a choice, null, any JSON, a key that may be absent."""

    title: str
    class_digest: Digest = attrs.field(metadata={KEY: "class"})
    items: Annotated[tuple[Item, ...], NotEmpty()]
    kind: Literal["left", "right"]
    note: str | None
    free: JsonObject
    later: int | None = attrs.field(default=None, metadata={OMIT: True})


@attrs.frozen(kw_only=True)
class Tolerant:
    """Keeps unknown keys."""

    name: str
    extra: Mapping[str, JsonValue] = attrs.field(factory=dict)
