"""What commands print as JSON that try something: trainings that were stopped, faults that were planted."""

from collections.abc import Mapping
from typing import Literal

import attrs

from verify.digests import JsonObject, JsonValue
from verify.files.answers import Judgement, Seconds
from verify.files.difference_answers import Verdict
from verify.files.forms import OPTIONAL
from verify.files.kinds import FileKind
from verify.files.limits import Count, Digest
from verify.files.reading import MEBIBYTE
from verify.files.reports import ResultRow


@attrs.frozen(kw_only=True)
class TrialRow:
    """One training in some world: where it was stopped, what came of it, what differs first."""

    stop: str
    world: str
    status: Literal["identical", "different", "not judged"]
    first: str


@attrs.frozen(kw_only=True)
class MissingWorld:
    """A world that is not there, with the reason."""

    name: str
    reason: str


@attrs.frozen(kw_only=True)
class OpenState:
    """State that a checkpoint does not hold."""

    name: str
    path: str
    stop: Count
    undisturbed: str
    resumed: str
    changes_results: bool


@attrs.frozen(kw_only=True)
class StateClosure:
    """What a training carries from step to step, compared with its checkpoint."""

    findings: tuple[OpenState, ...]
    followers: Count
    stops: tuple[int, ...]
    results_differ: bool
    repeats: bool
    objects: Count
    unstable: tuple[str, ...]
    excepted: Mapping[str, str]
    opaque: Mapping[str, int]
    is_whole: bool


@attrs.frozen(kw_only=True)
class ProveAnswer:
    """What `prove resume --json` and `prove workers --json` print; the latter has no closure.

    `config` is the name of a configuration, or the path of one.
    """

    subject: str
    config: str
    config_digest: Digest
    verdict: Verdict
    sentence: str
    first: TrialRow | None
    trials: tuple[TrialRow, ...]
    not_tried: tuple[MissingWorld, ...]
    closure: StateClosure | None
    notes: tuple[str, ...]
    remedy: str
    seconds: Seconds


@attrs.frozen(kw_only=True)
class PlantedFault:
    """One fault, and whether it was noticed."""

    name: str
    named: str
    judged: Literal["found", "missed", "false alarm", "not tested"]
    reason: str


@attrs.frozen(kw_only=True)
class ProveSelfTest:
    """What `prove resume --self-test --json` prints."""

    verdict: Judgement
    planted: tuple[PlantedFault, ...]


@attrs.frozen(kw_only=True)
class PlantedCause:
    """One difference with a known cause, and the cause that was named."""

    name: str
    right: tuple[str, ...]
    named: str
    judged: Literal["right", "missed", "wrong", "not tested"]
    reason: str
    runs: Count
    seconds: Seconds


@attrs.frozen(kw_only=True)
class MissedChange:
    """How often one function of fingerprints did not see one change."""

    function: str
    change: str
    missed: Count
    trials: Count
    ours: bool


@attrs.frozen(kw_only=True)
class WhySelfTest:
    """What `why --self-test --json` prints."""

    verdict: Judgement
    planted: tuple[PlantedCause, ...]
    fingerprints: tuple[MissedChange, ...]


@attrs.frozen(kw_only=True)
class PlantedAxis:
    """One program that an axis changes, and the axes that were named."""

    axis: str
    named: tuple[str, ...]
    verdict: str
    reason: str
    runs: Count
    seconds: Seconds


@attrs.frozen(kw_only=True)
class VarySelfTest:
    """What `vary --self-test --json` prints."""

    verdict: Judgement
    planted: tuple[PlantedAxis, ...]


@attrs.frozen(kw_only=True)
class SelfTest:
    """What `--self-test --json` of `certify` and `verify` prints: every defect, and whether all were noticed."""

    controls: tuple[ResultRow, ...]
    passed: bool


@attrs.frozen(kw_only=True)
class TraceSummary:
    """What `trace --json` prints: of the header of the trace what there is, and how the program ended."""

    directory: str
    events: Count
    exit_code: int
    program_exit_code: int
    function: str
    level: str
    complete: bool
    chain: Digest | None = attrs.field(default=None, metadata=OPTIONAL)
    coverage: JsonObject = attrs.field(factory=dict)
    failure: JsonValue = attrs.field(default=None, metadata=OPTIONAL)
    processes: Mapping[str, JsonObject] = attrs.field(factory=dict)


PROVE_ANSWER = FileKind(
    name="an answer of prove",
    schema="repro-appliance/prove/1",
    form=ProveAnswer,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance prove resume --json",
)
PROVE_SELF_TEST = FileKind(
    name="a self-test of prove", schema="repro-appliance/prove-self-test/1", form=ProveSelfTest, limit=MEBIBYTE
)
WHY_SELF_TEST = FileKind(
    name="a self-test of why", schema="repro-appliance/why-self-test/1", form=WhySelfTest, limit=MEBIBYTE
)
VARY_SELF_TEST = FileKind(
    name="a self-test of vary", schema="repro-appliance/vary-self-test/1", form=VarySelfTest, limit=MEBIBYTE
)
SELF_TEST = FileKind(name="a self-test", schema="repro-appliance/self-test/1", form=SelfTest, limit=MEBIBYTE)
TRACE_SUMMARY = FileKind(
    name="a summary of a trace", schema="repro-appliance/trace-summary/1", form=TraceSummary, limit=MEBIBYTE
)
