"""The newest sound checkpoint of a folder, and whether it belongs to the training that asks for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs

from appliance.checkpoints.contents import make_state
from verify.bits import BITS_VERSION
from verify.errors import ApplianceError, CouldNotJudgeError, UsageError
from verify.files.checkpoint import read_checkpoint
from verify.files.reading import open_regular
from verify.files.record import parse_profile
from verify.files.trace import EVENTS_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.checkpoints.folder import Folder
    from appliance.config import Config
    from appliance.training.state import TrainingState
    from verify.files.checkpoint import Checkpoint, CheckpointFile, TraceLevel, TracePlace
    from verify.files.record import Precision, Profile

    Tell = Callable[[str], None]

_PART = 1 << 20


@attrs.frozen(kw_only=True)
class Identity:
    """What a checkpoint must agree with before anything is loaded.

    Args:
        bits: the version of the arithmetic.
        config: the name of the configuration.
        config_digest: the digest of its settings.
        profile: the arithmetic.
        precision: the format of parameters.
        trace: the level of the trace; None for none.
    """

    bits: int
    config: str
    config_digest: str
    profile: Profile
    precision: Precision
    trace: TraceLevel | None = None


def identify(config: Config, profile: str, trace: TraceLevel | None = None) -> Identity:
    """Return what the checkpoints of a training must agree with.

    Raises:
        UsageError: there is no such profile.
    """
    return Identity(
        bits=BITS_VERSION,
        config=config.name,
        config_digest=config.digest(),
        profile=parse_profile(profile),
        precision=config.precision,
        trace=trace,
    )


@attrs.frozen(kw_only=True, eq=False)
class Found:
    """A sound checkpoint.

    Args:
        statement: what it says of itself.
        seal: the digest over everything in it.
        state: the state in it.
    """

    statement: Checkpoint
    seal: str
    state: TrainingState


def find_newest(folder: Folder, warn: Tell) -> Found | None:
    """Return the newest sound checkpoint; None where there is none at all.

    A damaged one is passed over with a warning, and so is one that does not follow the one before it.

    Raises:
        UsageError: there are checkpoints, and all of them are damaged.
    """
    found, problems = None, []
    for number in folder.list_numbers():
        try:
            file = _read(folder, number)
            one = Found(statement=file.statement, seal=file.seal, state=make_state(file))
        except ApplianceError as error:
            problems.append(f"{folder.find_file(number).name}: {error.title}: {error.found}")
            continue
        if found is None:
            found = one
            continue
        if found.statement.previous not in (None, one.seal):
            problems.append(f"{folder.find_file(found.statement.number).name}: it does not follow the one before it")
            found = one
        break
    if found is None and problems:
        raise UsageError(
            "no checkpoint of this training can be read",
            expected="one that is whole",
            found=problems,
            where=folder.path,
            remedy="the same command without --resume begins the training again",
        )
    for problem in problems if found is not None else ():
        warn(f"note: damaged, so an earlier checkpoint is taken: {problem}")
    return found


def _read(folder: Folder, number: int) -> CheckpointFile:
    path = folder.find_file(number)
    file = read_checkpoint(path)
    if file.statement.number != number:
        found = f"number {file.statement.number}"
        raise CouldNotJudgeError(
            "another checkpoint has this name", expected=f"number {number}", found=found, where=path
        )
    if file.statement.trace is not None:
        _check_events(folder, file.statement.trace)
    return file


def _check_events(folder: Folder, place: TracePlace) -> None:
    """Make sure that the file of events begins with those that a checkpoint states."""
    path = folder.path / place.folder / EVENTS_NAME
    state, left = hashlib.sha256(), place.size
    with open_regular(path, what="the events of a trace") as stream:
        while left and (part := stream.read(min(_PART, left))):
            state.update(part)
            left -= len(part)
    if left or f"sha256:{state.hexdigest()}" != place.chain:
        raise CouldNotJudgeError(
            "its trace is damaged", expected=f"{place.size} bytes of events", found="other bytes", where=path
        )


def require_same(found: Checkpoint, expected: Identity, folder: Folder) -> None:
    """Make sure that a checkpoint belongs to the training that is asked for.

    Raises:
        UsageError: it has other settings, another profile, precision, version of the arithmetic or trace.
    """
    level = None if found.trace is None else found.trace.level
    for name, wanted, is_there in (
        ("bits", expected.bits, found.bits),
        ("config_digest", expected.config_digest, found.config_digest),
        ("profile", expected.profile, found.profile),
        ("precision", expected.precision, found.precision),
    ):
        if wanted != is_there:
            raise describe_other(folder, f"{name} {wanted}", f"{name} {is_there} ({found.config})")
    if level != expected.trace:
        raise UsageError(
            "the interrupted training has another trace",
            expected="no trace" if level is None else f"--trace {level}",
            found="no trace" if expected.trace is None else f"--trace {expected.trace}",
            where=folder.path,
            remedy="leave --trace out" if level is None else f"--trace {level}",
        )


def describe_other(folder: Folder, expected: str, found: str) -> UsageError:
    """Return the error for checkpoints of another training."""
    return UsageError(
        "the checkpoints here are of another training",
        expected=expected,
        found=found,
        where=folder.path,
        remedy="name another run directory with --out DIR, or remove the checkpoints yourself",
    )


def describe_position(epoch: int, step: int) -> str:
    """Return how far a training is, in words."""
    if step:
        return f"epoch {epoch}, step {step}"
    return f"the end of epoch {epoch - 1}" if epoch > 1 else "the start"
