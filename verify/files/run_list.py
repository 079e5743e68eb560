"""What `repro-appliance runs --json` prints: the runs in a directory, and the trainings that are not done."""

from typing import Literal

import attrs

from verify.digests import JsonObject
from verify.files.kinds import FileKind
from verify.files.limits import ConfigName, Count, Digest
from verify.files.machine import Instant
from verify.files.reading import MEBIBYTE
from verify.files.record import RECORD, Digests, Metrics, Profile


@attrs.frozen(kw_only=True)
class RunHead:
    """What a list needs of record.json; everything else in it is kept unread."""

    config: ConfigName
    config_digest: Digest
    seed: Count
    profile: Profile
    metrics: Metrics
    digests: Digests
    extra: JsonObject = attrs.field(factory=dict)


RUN_HEAD = FileKind(name=RECORD.name, schema=RECORD.schema, form=RunHead, limit=RECORD.limit, remedy=RECORD.remedy)


@attrs.frozen(kw_only=True)
class RunRow:
    """One run; what could not be read is null.

    Args:
        name: the name of its directory.
        config: the name of its configuration.
        seed: the seed of all its random streams.
        profile: its arithmetic.
        metric: the name of its main metric.
        value: the value of that metric.
        digest: the run digest.
        golden: how it compares with the golden of these settings; null where there is none.
        written: when it was written, in UTC.
        problem: what is wrong with the directory.
    """

    name: str
    config: ConfigName | None = None
    seed: Count | None = None
    profile: Profile | None = None
    metric: str | None = None
    value: float | None = None
    digest: Digest | None = None
    golden: Literal["identical", "different"] | None = None
    written: Instant | None = None
    problem: str | None = None


@attrs.frozen(kw_only=True)
class InterruptedRow:
    """One training that has checkpoints and no run yet.

    Args:
        name: the name of the folder of its checkpoints.
        epoch: the epoch of the newest checkpoint, counted from 1.
        step: how many steps of that epoch are done.
        command: the command line that continues it; null where its settings are not those of a configuration that
            ships: then it is the one that began it, with --resume; null also while it runs.
        problem: what is wrong with the checkpoints.
        running: whether a process on this machine is training it now.
    """

    name: str
    epoch: Count | None = None
    step: Count | None = None
    command: str | None = None
    running: bool = False
    problem: str | None = None


@attrs.frozen(kw_only=True)
class RunList:
    """The runs in a directory, and the trainings there that are not done, each sorted by name."""

    directory: str
    runs: tuple[RunRow, ...]
    interrupted: tuple[InterruptedRow, ...]


RUN_LIST = FileKind(
    name="a list of runs",
    schema="repro-appliance/runs/1",
    form=RunList,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance runs --json",
)
