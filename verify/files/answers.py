"""What `vary`, `shrink` and `run` tell of any program: two answers, and the file of a fixed world."""

from collections.abc import Mapping
from typing import Annotated, Literal

import attrs

from verify.files.forms import OPTIONAL
from verify.files.kinds import FileKind
from verify.files.limits import AtLeast
from verify.files.reading import MEBIBYTE

Count = Annotated[int, AtLeast(0)]
Seconds = Annotated[float, AtLeast(0)]
Judgement = Literal["identical", "different", "could-not-judge"]
Status = Literal["harmless", "changes", "not-tested"]


@attrs.frozen(kw_only=True)
class VaryControl:
    """The program as it is, repeated: how many runs, whether they agree, the share that does not."""

    repeats: Count
    identical: bool
    rate: Annotated[float, AtLeast(0)]


@attrs.frozen(kw_only=True)
class VariedAxis:
    """One axis; the first value is that of the baseline."""

    name: str
    title: str
    values: tuple[str, ...]
    status: Status
    reason: str = attrs.field(default="", metadata=OPTIONAL)
    remedy: str = attrs.field(default="", metadata=OPTIONAL)
    advice: str = attrs.field(default="", metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class VaryCause:
    """Settings that change the results, and of which none can be left out."""

    axes: tuple[str, ...]
    settings: tuple[str, ...]
    proof: str
    mechanism: str = attrs.field(default="", metadata=OPTIONAL)
    difference: str = attrs.field(default="", metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class EqualResults:
    """Worlds that gave the same results: the command for the smallest, a digest for each output."""

    id: str
    worlds: tuple[str, ...]
    command: str
    outputs: Mapping[str, str]
    ending: str = attrs.field(default="", metadata=OPTIONAL)
    tail: str = attrs.field(default="", metadata=OPTIONAL)
    difference: str = attrs.field(default="", metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class VaryAnswer:
    """What `vary --json` prints."""

    verdict: Judgement
    sentence: str
    control: VaryControl
    axes: tuple[VariedAxis, ...]
    causes: tuple[VaryCause, ...]
    classes: tuple[EqualResults, ...]
    harmless: tuple[str, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]
    runs: Count
    seconds: Seconds
    complete: bool


@attrs.frozen(kw_only=True)
class LockPair:
    """The two locks of a search over packages."""

    a: str
    b: str


@attrs.frozen(kw_only=True)
class ShrinkControl:
    """Both locks, repeated."""

    repeats: Count
    identical: bool


@attrs.frozen(kw_only=True)
class VariedPackage:
    """One package that differs between the locks, with both versions."""

    name: str
    a: str
    b: str
    status: Status
    reason: str


@attrs.frozen(kw_only=True)
class SmallestSet:
    """Packages that change the results, and of which none can be left out."""

    packages: tuple[str, ...]
    changes: tuple[str, ...]
    mechanism: str
    proof: str
    difference: str


@attrs.frozen(kw_only=True)
class EqualSets:
    """Sets of packages that gave the same results."""

    id: str
    worlds: tuple[str, ...]
    command: str
    outputs: Mapping[str, str]
    ending: str
    tail: str
    difference: str


@attrs.frozen(kw_only=True)
class UntestableSet:
    """Packages that cannot be tested together, with the reason."""

    packages: tuple[str, ...]
    reason: str


@attrs.frozen(kw_only=True)
class ShrinkAnswer:
    """What `shrink --json` prints."""

    verdict: Judgement
    sentence: str
    locks: LockPair
    control: ShrinkControl
    packages: tuple[VariedPackage, ...]
    causes: tuple[SmallestSet, ...]
    classes: tuple[EqualSets, ...]
    not_testable: tuple[UntestableSet, ...]
    notes: tuple[str, ...]
    equal_packages: Count
    environments: Count
    runs: Count
    seconds: Seconds
    complete: bool


@attrs.frozen(kw_only=True)
class WorldSetting:
    """One setting of a fixed world; `found` is what a child said of it."""

    name: str
    wanted: str
    status: Literal["holds", "not-fixed", "not-read", "not-there"]
    found: str = attrs.field(default="", metadata=OPTIONAL)
    reason: str = attrs.field(default="", metadata=OPTIONAL)
    remedy: str = attrs.field(default="", metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class FixedWorld:
    """What `run` writes: the world in which a program ran, as it was read back."""

    complete: bool
    command: tuple[str, ...]
    prefix: tuple[str, ...]
    variables: Mapping[str, str]
    settings: tuple[WorldSetting, ...]
    not_covered: tuple[str, ...]
    host: Mapping[str, str]
    packages: tuple[str, ...]


VARY_ANSWER = FileKind(
    name="an answer of vary",
    schema="repro-appliance/vary/1",
    form=VaryAnswer,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance vary --json -- COMMAND",
)
SHRINK_ANSWER = FileKind(
    name="an answer of shrink",
    schema="repro-appliance/shrink/1",
    form=ShrinkAnswer,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance shrink LOCK_A LOCK_B --json -- COMMAND",
)
FIXED_WORLD = FileKind(
    name="a fingerprint of a fixed world",
    schema="repro-appliance/world/1",
    form=FixedWorld,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance run -- COMMAND",
)
