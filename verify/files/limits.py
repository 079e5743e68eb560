"""Limits of single values in files, written once for the reader and for the JSON Schema."""

import math
import re
from collections.abc import Sized
from typing import Annotated, Protocol

import attrs

from verify.digests import JsonObject

# Names become parts of paths and of command lines: none is hidden, leads elsewhere or looks like an option.
CONFIG_NAME = "[a-z0-9][a-z0-9._-]{0,99}"
"""Of configurations, sources of data and members of a fleet."""
FOLDER_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""Of stored data sets."""


class Limit(Protocol):
    """A condition beyond a value's type, carried by `Annotated`."""

    def check(self, value: object) -> None:
        """Raise ValueError for a value that is out of the limit."""
        ...

    def to_schema(self) -> JsonObject:
        """Return the keywords that say the same in a JSON Schema."""
        ...


@attrs.frozen
class Pattern:
    """A text that matches a regular expression as a whole."""

    text: str

    def check(self, value: object) -> None:
        """Raise ValueError for another text."""
        if not re.fullmatch(self.text, str(value), flags=re.ASCII):
            raise ValueError(f"expected {self.text}, found {str(value)[:80]!r}")

    def to_schema(self) -> JsonObject:
        """Return the keyword `pattern`."""
        return {"pattern": f"^(?:{self.text})$"}


@attrs.frozen
class AtLeast:
    """A number of at least `smallest`."""

    smallest: float

    def check(self, value: object) -> None:
        """Raise ValueError for a smaller number."""
        if isinstance(value, int | float) and value < self.smallest:
            raise ValueError(f"expected at least {self.smallest}, found {value}")

    def to_schema(self) -> JsonObject:
        """Return the keyword `minimum`."""
        return {"minimum": self.smallest}


@attrs.frozen
class NotEmpty:
    """A list or an object with something in it."""

    def check(self, value: object) -> None:
        """Raise ValueError for an empty one."""
        if isinstance(value, Sized) and not len(value):
            raise ValueError("expected at least one entry, found none")

    def to_schema(self) -> JsonObject:
        """Return the keywords for both kinds; each binds only its own."""
        return {"minItems": 1, "minProperties": 1}


@attrs.frozen
class HexadecimalFloat:
    """A finite float as `float.hex` writes it, which no reader can round."""

    text: str = r"-?0x[01]\.[0-9a-f]{1,13}p[+-][0-9]{1,4}"

    def check(self, value: object) -> None:
        """Raise ValueError for another text, or for a number beyond float64."""
        Pattern(self.text).check(value)
        try:
            finite = math.isfinite(float.fromhex(str(value)))
        except OverflowError:
            finite = False
        if not finite:
            raise ValueError(f"expected a finite number, found {value}")

    def to_schema(self) -> JsonObject:
        """Return the keyword `pattern`."""
        return Pattern(self.text).to_schema()


Digest = Annotated[str, Pattern("sha256:[0-9a-f]{64}")]
ConfigName = Annotated[str, Pattern(CONFIG_NAME)]
Count = Annotated[int, AtLeast(0)]
HexFloat = Annotated[str, HexadecimalFloat()]
