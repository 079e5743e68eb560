"""The versions that a release was made with, as pins.json holds them."""

from collections.abc import Mapping

import attrs

from verify.files.kinds import FileKind
from verify.files.limits import Count, Digest
from verify.files.reading import MEBIBYTE


@attrs.frozen(kw_only=True)
class Pins:
    """The pinned versions.

    Args:
        bits: the version of the arithmetic.
        python: the release line of Python, such as 3.13.
        numpy: the version of NumPy.
        openblas: the version of OpenBLAS by channel.
        packages: the version of every other package by name.
        wheels: the digest of the contents of every pinned wheel, by package and tag.
    """

    bits: Count
    python: str
    numpy: str
    openblas: Mapping[str, str]
    packages: Mapping[str, str]
    wheels: Mapping[str, Mapping[str, Digest]]


PINS = FileKind(name="a file of pins", schema="repro-appliance/pins/1", form=Pins, limit=MEBIBYTE)
