"""Plans how a member of a fleet verifies: its command line and its environment."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import attrs

from appliance.launch.variables import plan_variables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.fleet.members import Fleet, Member

_HOST_EMULATOR = "qemu-x86_64-static"
# Below a sysroot, in the order in which the loader searches; only those that exist are named.
_LIBRARIES = ("usr/lib/{triplet}/blas", "usr/lib/{triplet}/lapack", "usr/lib/{triplet}/openblas-pthread")


@attrs.frozen(kw_only=True)
class Invocation:
    """A command line with its whole environment, and one that ends what it left elsewhere, such as a container."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    ending: tuple[str, ...] = ()


def plan_member(member: Member, fleet: Fleet) -> Invocation:
    """Return how to verify the fleet's configurations on a member."""
    return plan_program(member, fleet, ("verify", "--json", "--", *fleet.configs))


def plan_program(member: Member, fleet: Fleet, words: tuple[str, ...]) -> Invocation:
    """Return how to run a command line of this program on a member.

    Emulated members start with all variables of the profile, since a program under emulation cannot restart itself.
    """
    environment = {**_inherit(), **member.variables}
    site = [str((fleet.folder / folder).resolve()) for folder in member.site]
    if member.kind == "local":
        environment |= {"PYTHONPATH": os.pathsep.join(site)} if site else {}
        return Invocation(arguments=(_find(member.python, fleet), "-m", "appliance", *words), environment=environment)
    if member.kind == "container":
        name = f"repro-appliance-fleet-{os.getpid()}-{member.id}"
        arguments, ending = (*_plan_container(member, name), *words), (member.engine, "rm", "--force", "--", name)
        return Invocation(arguments=arguments, environment=environment, ending=ending)
    if member.kind == "ssh":
        options = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=20")
        arguments = ("ssh", *options, "--", member.host, member.command, *words)
        return Invocation(arguments=arguments, environment=environment)
    environment = {**environment, **plan_variables("portable"), "PYTHONDONTWRITEBYTECODE": "1", **member.variables}
    program = ("-m", "appliance", *words)
    if member.kind == "cpu":
        arguments = (_HOST_EMULATOR, "-cpu", member.model, sys.executable, *program)
        return Invocation(arguments=arguments, environment=environment)
    sysroot = _Sysroot(root=(fleet.folder / member.root).resolve(), site=tuple(site))
    plan = _plan_emulated if member.kind == "isa" else _plan_compatible
    return plan(member, sysroot, Invocation(arguments=program, environment=environment))


def _plan_container(member: Member, name: str) -> tuple[str, ...]:
    platform = ("--platform", member.platform) if member.platform else ()
    limits = ("--read-only", "--network", "none", "--cap-drop", "ALL", "--tmpfs", "/tmp")  # noqa: S108 - in the container
    return (member.engine, "run", "--rm", "--name", name, *platform, *limits, "--", member.image)


@attrs.frozen(kw_only=True)
class _Sysroot:
    """Another machine's Python with its libraries, below `root`, and folders to import from before its own."""

    root: Path
    site: tuple[str, ...]

    @property
    def python(self) -> str:
        return str(self.root / "usr/bin/python3")

    @property
    def variables(self) -> dict[str, str]:
        path = [*self.site, str(self.root / "usr/lib/python3/dist-packages")]
        return {"PYTHONHOME": str(self.root / "usr"), "PYTHONPATH": ":".join(path)}

    def list_libraries(self, patterns: Sequence[str]) -> str:
        triplet = next((folder.name for folder in sorted(self.root.glob("usr/lib/*-linux-gnu*"))), "")
        folders = [self.root / pattern.format(triplet=triplet) for pattern in patterns]
        return ":".join(str(folder) for folder in folders if folder.is_dir())


def _plan_emulated(member: Member, sysroot: _Sysroot, program: Invocation) -> Invocation:
    inside = {"LD_LIBRARY_PATH": sysroot.list_libraries(_LIBRARIES), **sysroot.variables}
    model = ("-cpu", member.model) if member.model else ()
    settings = [part for name, value in inside.items() if value for part in ("-E", f"{name}={value}")]
    start = (member.emulator, *model, "-L", str(sysroot.root), *settings, sysroot.python)
    return Invocation(arguments=(*start, *program.arguments), environment=program.environment)


def _plan_compatible(member: Member, sysroot: _Sysroot, program: Invocation) -> Invocation:
    libraries = sysroot.list_libraries((*_LIBRARIES, "lib/{triplet}", "usr/lib/{triplet}"))
    loader = (str(sysroot.root / member.loader), "--library-path", libraries)
    start = ("setarch", member.model, *loader, sysroot.python)
    return Invocation(arguments=(*start, *program.arguments), environment=program.environment | sysroot.variables)


def _find(program: str, fleet: Fleet) -> str:
    """Return an interpreter named relative to the fleet's file, or found on PATH, or as it is."""
    local = fleet.folder / program
    return str(local) if local.exists() else shutil.which(program) or program


def _inherit() -> dict[str, str]:
    """Return this process's environment without what tells Python where to import from or what was set by a restart."""
    left_out = ("PYTHON", "REPRO_APPLIANCE_LAUNCHED", "LD_LIBRARY_PATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
