"""The newest sound checkpoint of a folder, and whether it belongs to the training that asks for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import attrs

from appliance.checkpoints.contents import make_state
from verify.bits import BITS_VERSION
from verify.errors import ApplianceError, CouldNotJudgeError, UsageError, advise_access
from verify.files.checkpoint import read_checkpoint
from verify.files.reading import open_regular
from verify.files.record import parse_profile
from verify.files.trace import EVENTS_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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


class _Candidate(NamedTuple):
    """A checkpoint of a folder, as far as it could be read, and why it is not the one to take; empty for nothing."""

    name: str
    found: Found | None
    problem: str = ""
    error: ApplianceError | None = None


def find_newest(folder: Folder, warn: Tell, expected: Identity | None = None) -> Found | None:
    """Return the newest sound checkpoint of a training; None where there is none at all.

    A damaged one is passed over with a warning, and so is one that does not follow the one before it, or that belongs
    to another training. If all belong to another training, the newest of them is returned.

    Args:
        folder: where they are.
        warn: takes warnings.
        expected: the training; None for any.

    Raises:
        UsageError: there are checkpoints, and none can be read.
    """
    candidates = _read_each(folder, expected)
    passed = list[_Candidate]()
    for newest in candidates:
        if not newest.problem:
            break
        passed.append(newest)
    else:
        return _choose_stranger(folder, passed)
    found, before = newest.found, next(candidates, None)
    if found is not None and before is not None and _breaks_chain(found, before):
        passed.append(newest._replace(problem="it does not follow the one before it"))
        found = before.found
    for one in passed:
        warn(f"note: an earlier checkpoint is taken: {one.name}: {one.problem}")
    return found


def _breaks_chain(found: Found, before: _Candidate) -> bool:
    """Return whether a checkpoint follows another one than the sound one before it."""
    if before.problem or before.found is None:
        return False
    return found.statement.previous not in (None, before.found.seal)


def _read_each(folder: Folder, expected: Identity | None) -> Iterator[_Candidate]:
    """Yield every checkpoint, the newest first."""
    for number in folder.list_numbers():
        name = folder.find_file(number).name
        try:
            file = _read(folder, number)
            found = Found(statement=file.statement, seal=file.seal, state=make_state(file))
        except ApplianceError as error:
            yield _Candidate(name, None, f"damaged: {error.title}: {error.found}", error)
            continue
        other = None if expected is None else _find_other(found.statement, expected)
        yield _Candidate(name, found, "" if other is None else f"of another training: {other[1]}")


def _choose_stranger(folder: Folder, passed: Sequence[_Candidate]) -> Found | None:
    """Return the newest checkpoint of another training; None where there is no checkpoint.

    Raises:
        UsageError: there are some, and none of them can be read.
    """
    strangers = [one.found for one in passed if one.found is not None]
    if strangers or not passed:
        return strangers[0] if strangers else None
    remedies = [advise_access(one.error) for one in passed]
    raise UsageError(
        "no checkpoint of this training can be read",
        expected="one that is whole",
        found=[f"{one.name}: {one.problem.removeprefix('damaged: ')}" for one in passed],
        where=folder.path,
        remedy=next(filter(None, remedies), "the same command without --resume begins the training again"),
    )


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
    other = _find_other(found, expected)
    if other is not None:
        raise describe_other(folder, *other)
    level = None if found.trace is None else found.trace.level
    if level != expected.trace:
        raise UsageError(
            "the interrupted training has another trace",
            expected="no trace" if level is None else f"--trace {level}",
            found="no trace" if expected.trace is None else f"--trace {expected.trace}",
            where=folder.path,
            remedy="leave --trace out" if level is None else f"--trace {level}",
        )


def _find_other(found: Checkpoint, expected: Identity) -> tuple[str, str] | None:
    """Return what was expected and what is there if a checkpoint belongs to another training; None if not."""
    for name, wanted, is_there in (
        ("bits", expected.bits, found.bits),
        ("config_digest", expected.config_digest, found.config_digest),
        ("profile", expected.profile, found.profile),
        ("precision", expected.precision, found.precision),
    ):
        if wanted != is_there:
            return f"{name} {wanted}", f"{name} {is_there} ({found.config})"
    return None


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
