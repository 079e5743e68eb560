"""Opens the checkpoints of a training: under their lock, at their start or where an earlier process was."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import attrs

from appliance.checkpoints.finding import describe_position, find_newest, require_same
from appliance.checkpoints.folder import Folder
from appliance.checkpoints.intervals import Interval
from appliance.checkpoints.lock import lock_training
from appliance.checkpoints.session import Session
from appliance.numerics.exchange import ALONE, lead
from verify.errors import UsageError, advise_access

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.checkpoints.finding import Found, Identity
    from appliance.numerics.exchange import Exchange

    Tell = Callable[[str], None]


def _tell_nobody(_: str) -> None:
    """Take a note, and do nothing with it."""


@attrs.frozen(kw_only=True, eq=False)
class Plan:
    """What is wanted of the checkpoints of a training.

    Args:
        interval: when one is due; never by default.
        resume: go on from the newest one.
        tell: takes notes.
        warn: takes warnings of damage.
        command: the command that continues the training, for notes; None to name none.
    """

    interval: Interval = attrs.field(factory=Interval)
    resume: bool = False
    tell: Tell = _tell_nobody
    warn: Tell = _tell_nobody
    command: str | None = None


class KeptInterrupt(KeyboardInterrupt):
    """A training was interrupted; its checkpoints are there.

    Args:
        kept: what was kept, in words.
    """

    def __init__(self, kept: str) -> None:
        super().__init__(kept)
        self.kept = kept


@contextmanager
def open_checkpoints(path: Path, identity: Identity, plan: Plan, exchange: Exchange = ALONE) -> Iterator[Session]:
    """Yield the checkpoints in a folder, which nobody else can open until the end of the block.

    Args:
        path: the folder; it is made if it does not exist, and removed in the end if there is no checkpoint in it.
        identity: what is trained.
        plan: what is wanted.
        exchange: with the other workers; only the first one reads and writes files.

    Raises:
        UsageError: another process trains this run, the checkpoints belong to another training or are all damaged, or
            the folder cannot be written.
        KeptInterrupt: the training was interrupted, and there are checkpoints.
    """
    folder = Folder(path)
    session: Session | None = None
    with ExitStack() as stack:
        try:
            found = lead(exchange, partial(_begin, folder, identity, plan, stack))
            session = Session(folder, plan.interval, identity, found, leads=exchange.index == 0)
            yield session
            if session.is_done and folder.list_numbers():
                plan.warn(f"note: the checkpoints in {path} could not be removed; the run does not need them any more")
        except KeyboardInterrupt as error:
            if session is None or session.position is None:
                raise
            raise KeptInterrupt(f"the checkpoint after {session.position}, in {path}") from error


def _begin(folder: Folder, identity: Identity, plan: Plan, stack: ExitStack) -> Found | None:
    """Take the lock until the end of the stack, and return the checkpoint to go on from."""
    try:
        stack.enter_context(lock_training(folder.path))
    except OSError as error:
        raise UsageError(
            "the folder of the checkpoints cannot be written",
            expected="a folder that can be made, with a file named lock",
            found=error.strerror or error,
            where=error.filename or folder.path,
            remedy=advise_access(error) or "name another run directory: --out DIR",
        ) from error
    stack.callback(folder.remove_unused)
    return _choose(folder, identity, plan)


def _choose(folder: Folder, identity: Identity, plan: Plan) -> Found | None:
    """Return the checkpoint to go on from; None to begin at the start. Say which it is."""
    try:
        found = find_newest(folder, plan.warn, identity)
    except UsageError:
        if plan.resume:
            raise
        plan.tell(f"note: the checkpoints in {folder.path} are damaged; the training begins again and replaces them")
        return None
    if found is None:
        if plan.resume:
            plan.tell(f"note: no checkpoint is in {folder.path}; the training begins at its start")
        return None
    require_same(found.statement, identity, folder)
    position = describe_position(found.state.epoch, found.state.step)
    if plan.resume:
        plan.tell(f"note: resumed after {position}, from {folder.path}")
        return found
    command = "" if plan.command is None else f"; to continue that one: {plan.command}"
    plan.tell(
        f"note: an interrupted training, after {position}, is in {folder.path}; "
        f"this one begins at the start and replaces it with its first checkpoint{command}"
    )
    return None
