"""The golden of the arrays in one test file: digests, some values, and the worlds in which they were recorded."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import attrs

from verify.digests import JsonObject, digest_json
from verify.errors import CouldNotJudgeError
from verify.files.forms import OMIT
from verify.files.kinds import FileKind
from verify.files.limits import Count, Digest, NotEmpty, Pattern
from verify.files.reading import MEBIBYTE

FOLDER = "array_goldens"
"""The directory beside a test file in which its golden is."""
WHOLE = 64
"""Arrays with at most so many elements are recorded with all their values."""
SAMPLES = 32
BLOCKS = 16
"""Larger arrays have so many samples, evenly spaced, and so many digests of equal parts."""

_REMEDY = "restore the file from version control; do not edit it"
WorldName = Annotated[str, Pattern("[0-9a-f]{16}")]
BlockDigest = Annotated[str, Pattern("[0-9a-f]{16}")]


@attrs.frozen(kw_only=True)
class ArrayValue:
    """One array, or one value, of a check.

    Args:
        dtype: NumPy's name of the type of the elements, little-endian; a word such as `str` for other values.
        shape: the dimensions.
        digest: over type, shape and the bytes of all elements.
        sample: elements as text: all of them, or 32 that are evenly spaced from the first to the last.
        blocks: the beginnings of the digests of 16 equal parts, where the sample is not the whole.
    """

    dtype: Annotated[str, Pattern("[ -~]{1,80}")]
    shape: tuple[Count, ...]
    digest: Digest
    sample: tuple[str, ...]
    blocks: tuple[BlockDigest, ...] = attrs.field(default=(), metadata={OMIT: True})

    @property
    def size(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)


@attrs.frozen(kw_only=True)
class ArrayCheck:
    """The values that one call of `check` gave, by their places, and the name of the world they were recorded in."""

    world: WorldName
    values: Annotated[Mapping[str, ArrayValue], NotEmpty()]


@attrs.frozen(kw_only=True)
class ArrayWorld:
    """What the machine and the environment were: the fields of a fingerprint that can matter to a test."""

    compared: JsonObject
    context: JsonObject
    probes: Mapping[str, str]

    @property
    def name(self) -> str:
        """A short digest of all fields."""
        fields = {"compared": self.compared, "context": self.context, "probes": dict(self.probes)}
        return digest_json(fields).removeprefix("sha256:")[:16]


@attrs.frozen(kw_only=True)
class ArrayGolden:
    """The contents of the file: worlds by name; checks by test and by their own name."""

    worlds: Mapping[str, ArrayWorld]
    tests: Mapping[str, Annotated[Mapping[str, ArrayCheck], NotEmpty()]]


ARRAY_GOLDEN = FileKind(
    name="a golden of arrays",
    schema="repro-appliance/array-golden/1",
    form=ArrayGolden,
    limit=64 * MEBIBYTE,
    remedy=_REMEDY,
)


def locate_array_golden(test_file: Path) -> Path:
    """Return the golden of a test file: `array_goldens/test_x.json` beside `test_x.py`."""
    return test_file.parent / FOLDER / f"{test_file.stem}.json"


def choose_indices(size: int) -> tuple[int, ...]:
    """Return which elements of an array in C order are in its sample."""
    if size <= WHOLE:
        return tuple(range(size))
    return tuple(place * (size - 1) // (SAMPLES - 1) for place in range(SAMPLES))


def cut_blocks(size: int) -> list[slice]:
    """Return the parts of an array in C order that have digests of their own."""
    if size <= WHOLE:
        return []
    return [slice(part * size // BLOCKS, (part + 1) * size // BLOCKS) for part in range(BLOCKS)]


def read_array_golden(path: Path) -> ArrayGolden:
    """Read a golden that agrees with itself.

    Raises:
        UsageError: it cannot be read.
        CouldNotJudgeError: it is damaged or does not agree with itself.
    """
    golden = ARRAY_GOLDEN.read(path)
    for name, world in golden.worlds.items():
        if world.name != name:
            raise _refuse("a world in a golden of arrays was changed", name, world.name, path)
    for test, checks in golden.tests.items():
        for name, check in checks.items():
            _check_values(check, golden.worlds, f"{path}: {test}, check {name}")
    return golden


def _check_values(check: ArrayCheck, worlds: Mapping[str, ArrayWorld], where: str) -> None:
    if check.world not in worlds:
        raise _refuse("the world of a check is not in the golden", check.world, "no such world", where)
    for place, value in check.values.items():
        # Words such as `str` stand for values whose text is the one sample.
        expected = len(choose_indices(value.size)), len(cut_blocks(value.size))
        found = len(value.sample), len(value.blocks)
        if found != expected:
            title = "the samples of a recorded value do not fit its shape"
            raise _refuse(title, expected, found, f"{where}, {place or 'value'}")


def _refuse(title: str, expected: object, found: object, where: object) -> CouldNotJudgeError:
    return CouldNotJudgeError(title, expected=expected, found=found, where=where, remedy=_REMEDY)
