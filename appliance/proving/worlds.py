"""The worlds in which a training is finished: as here, other threads, another kernel, another processor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import threadpoolctl

from appliance.errors import ConfigurationError
from appliance.fleet.invocations import plan_program
from appliance.fleet.members import read_fleet
from appliance.processes.child import Command
from appliance.proving.planting import plan_start
from appliance.vary.axes.kernel import Kernel
from appliance.vary.axis import Subject as Varied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from appliance.fleet.members import Fleet, Member
    from appliance.proving.children import Bench
    from appliance.proving.reading import Ran
    from appliance.proving.request import Subject

    Plan = Callable[[Sequence[str], Path], Command]

HERE = "as here"
_EMULATED = ("isa", "compat", "cpu")
_MOST_EMULATED = 2


@attrs.frozen(kw_only=True)
class World:
    """One of the worlds.

    Args:
        name: in the table.
        threads: BLAS threads; the option of the command has the same number.
        plan: returns the command for the words of a command line and a working directory.
        field: the field of the fingerprint that must differ from that of the undisturbed run; empty for none.
        workers: how many workers train together.
        slow: whether everything takes many times as long.
    """

    name: str
    threads: int
    plan: Plan
    field: str = ""
    workers: int = 1
    slow: bool = False

    def find_doubt(self, ran: Ran, undisturbed: Ran) -> str:
        """Return why a training was not in this world, so that equal results would prove nothing; empty if it was."""
        if ran.workers != self.workers:
            return f"{ran.workers} workers trained, not {self.workers}"
        found = ran.fingerprint.get(self.field)
        if self.field and found == undisturbed.fingerprint.get(self.field):
            return f"{self.field} is {found}, as in the undisturbed run"
        return ""


@attrs.frozen(kw_only=True)
class NotTried:
    """A world that is not there, with the reason."""

    name: str
    reason: str


def make_world_here(subject: Subject, bench: Bench) -> World:
    """Return the world in which one process of this interpreter trains, as the user would."""
    return _make_world(HERE, subject, bench, threads=subject.threads)


def _make_world(
    name: str,
    subject: Subject,
    bench: Bench,
    *,
    threads: int,
    changes: Mapping[str, str] | None = None,
    field: str = "",
) -> World:
    def plan(words: Sequence[str], directory: Path) -> Command:
        start = plan_start(subject.plant)
        return bench.plan((*start, *words), directory, threads=threads, changes=changes)

    return World(name=name, threads=threads, plan=plan, field=field)


def list_worlds(subject: Subject, bench: Bench, members: Path) -> tuple[list[World], list[NotTried]]:
    """Return the worlds in which one process of this program can finish a training, and those that cannot be had.

    Args:
        subject: what is trained.
        bench: where children run.
        members: the file that declares the members of the fleet.
    """
    other = 1 if subject.threads > 1 else 2
    threads = _make_world(f"threads {other}", subject, bench, threads=other, field="blas.threads")
    found = [_find_kernel(subject, bench), *_find_members(members)]
    worlds = [one for one in found if isinstance(one, World)]
    missing = [one for one in found if isinstance(one, NotTried)]
    return [make_world_here(subject, bench), threads, *worlds], missing


def _find_kernel(subject: Subject, bench: Bench) -> World | NotTried:
    """Return a world with another kernel of the BLAS."""
    varied = Varied(
        command=(),
        python=None,
        numpy=None,
        blas=tuple(threadpoolctl.threadpool_info()),
        cpu_features=(),
        scratch=Path(),
        environment={},
    )
    values = [value for value in Kernel().values(varied) if value.isalnum()]
    if not values:
        return NotTried(name="kernel", reason="no other kernel of OpenBLAS runs on this processor")

    changes = {"OPENBLAS_CORETYPE": values[0]}
    return _make_world(
        f"kernel {values[0]}", subject, bench, threads=subject.threads, changes=changes, field="blas.kernel"
    )


def _find_members(path: Path) -> Iterator[World | NotTried]:
    """Yield the first emulated members of the fleet that have been set up."""
    name = "another instruction set"
    if not path.is_file():
        yield NotTried(name=name, reason=f"there is no file of fleet members: {path}")
        return
    try:
        fleet = read_fleet(path)
    except ConfigurationError as error:
        yield NotTried(name=name, reason=f"{error.title}: {error.found}")
        return
    emulated = [member for member in fleet.members if member.kind in _EMULATED]
    ready = [member for member in emulated if member.kind != "cpu" and _is_ready(member, fleet)]
    ready.sort(key=lambda member: member.kind != "isa" or member.id != "s390x")  # first the one with another byte order
    if not ready:
        yield NotTried(name=name, reason="no emulated member of the fleet is set up; `make fleet-members` does that")
    for member in ready[:_MOST_EMULATED]:
        yield World(name=f"emulated {member.id}", threads=1, plan=_plan_emulated(member, fleet), slow=True)


def _is_ready(member: Member, fleet: Fleet) -> bool:
    """Tell whether the sysroot of a member, and what it imports from, are there."""
    places = (Path(member.root, "usr/bin/python3"), *map(Path, member.site))
    return all((fleet.folder / place).exists() for place in places)


def _plan_emulated(member: Member, fleet: Fleet) -> Plan:
    def plan(words: Sequence[str], directory: Path) -> Command:
        invocation = plan_program(member, fleet, tuple(words))
        return Command(arguments=invocation.arguments, environment=invocation.environment, directory=directory)

    return plan
