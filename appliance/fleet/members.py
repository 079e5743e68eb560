"""The members of a fleet: how each is declared and how each is started."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs
import cattrs
from attrs import validators as v

from appliance.determinism.variables import plan_variables
from verify.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "repro-appliance/fleet/1"
KINDS = ("local", "cpu", "isa", "container", "ssh")
_HOST_EMULATOR = "qemu-x86_64-static"
# Below a sysroot, in the order in which the loader shall look; only those that exist are named.
_LIBRARIES = ("usr/lib/{triplet}/blas", "usr/lib/{triplet}/lapack", "usr/lib/{triplet}/openblas-pthread")


@attrs.frozen(kw_only=True)
class Member:
    """One machine of a fleet.

    Args:
        name: unique, as in the table.
        kind: "local" (an interpreter here), "cpu" (this interpreter on an emulated x86-64 model), "isa" (another
            instruction set, emulated, with its own sysroot), "container" or "ssh".
        python: local: the interpreter, by path or name.
        model: cpu, isa: the processor model, as the emulator names it; isa may leave it to the emulator.
        emulator: isa: the emulator's program.
        root: isa: the sysroot.
        site: local, isa: directories to import from before the interpreter's own, such as one that holds this program.
        image: container: the image.
        platform: container: such as linux/arm64; the engine's own if absent.
        engine: container: the program that runs images.
        host: ssh: where to, as ssh takes it.
        command: ssh: the program there.
        variables: further environment variables.
        seconds: time limit; 0 for the fleet's.
    """

    name: str = attrs.field(validator=v.min_len(1))
    kind: Literal["local", "cpu", "isa", "container", "ssh"]
    python: str = ""
    model: str = ""
    emulator: str = ""
    root: str = ""
    site: tuple[str, ...] = ()
    image: str = ""
    platform: str = ""
    engine: str = "docker"
    host: str = ""
    command: str = "repro-appliance"
    variables: dict[str, str] = attrs.Factory(dict)
    seconds: float = attrs.field(default=0.0, validator=v.ge(0))


@attrs.frozen(kw_only=True)
class Fleet:
    """Members that verify the same configurations, `jobs` of them at a time, each for at most `seconds`."""

    schema: str = attrs.field(validator=v.in_((SCHEMA,)))
    configs: tuple[str, ...] = ("smoke", "baseline")
    jobs: int = attrs.field(default=2, validator=v.ge(1))
    seconds: float = attrs.field(default=600.0, validator=v.gt(0))
    members: tuple[Member, ...] = attrs.field(validator=v.min_len(1))
    folder: Path = Path()


@attrs.frozen(kw_only=True)
class Invocation:
    """A command line with its whole environment."""

    arguments: tuple[str, ...]
    environment: dict[str, str]


# What each kind cannot do without.
_NEEDED = {
    "local": ("python",),
    "cpu": ("model",),
    "isa": ("emulator", "root"),
    "container": ("image",),
    "ssh": ("host",),
}


def read_fleet(path: Path) -> Fleet:
    """Return the fleet that a TOML file declares; relative paths in it start at the file's directory.

    Raises:
        ConfigurationError: the file is missing or malformed, a member lacks what its kind needs, or two share a name.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError("a fleet cannot be read", where=path, found=error.strerror) from error
    except ValueError as error:
        raise ConfigurationError("a fleet is not TOML", where=path, found=error) from error
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    try:
        fleet = converter.structure({**table, "folder": str(path.resolve().parent)}, Fleet)
    except (cattrs.BaseValidationError, TypeError, ValueError) as error:
        found = "; ".join(cattrs.transform_error(error)) if isinstance(error, cattrs.BaseValidationError) else error
        raise ConfigurationError("a fleet is malformed", where=path, found=found) from error
    names = [member.name for member in fleet.members]
    for member in fleet.members:
        lacking = [key for key in _NEEDED[member.kind] if not getattr(member, key)]
        if lacking or names.count(member.name) > 1:
            title = "two members share a name" if not lacking else f"a member of kind {member.kind} lacks a key"
            raise ConfigurationError(title, where=f"{path}, {member.name}", expected=", ".join(_NEEDED[member.kind]))
    return fleet


def choose_members(fleet: Fleet, names: Sequence[str]) -> list[Member]:
    """Return the members of those names, all if none is given.

    Raises:
        UsageError: there is no such member.
    """
    known = {member.name: member for member in fleet.members}
    for name in names:
        if name not in known:
            raise UsageError("no such member", expected=", ".join(known), found=name)
    return [known[name] for name in names] if names else list(fleet.members)


def plan_member(member: Member, fleet: Fleet) -> Invocation:
    """Return how to verify the fleet's configurations on a member.

    Emulated members start with all variables of the profile, since a program under emulation cannot restart itself.
    """
    verify = ("verify", "--json", *fleet.configs)
    environment = {**_inherit(), **member.variables}
    site = [str((fleet.folder / folder).resolve()) for folder in member.site]
    if member.kind == "local":
        environment |= {"PYTHONPATH": os.pathsep.join(site)} if site else {}
        return Invocation(arguments=(_find(member.python, fleet), "-m", "appliance", *verify), environment=environment)
    if member.kind == "container":
        return Invocation(arguments=(*_plan_container(member), *verify), environment=environment)
    if member.kind == "ssh":
        options = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=20")
        return Invocation(arguments=("ssh", *options, member.host, member.command, *verify), environment=environment)
    environment = {**environment, **plan_variables("portable"), "PYTHONDONTWRITEBYTECODE": "1", **member.variables}
    program = ("-m", "appliance", *verify)
    if member.kind == "cpu":
        arguments = (_HOST_EMULATOR, "-cpu", member.model, sys.executable, *program)
        return Invocation(arguments=arguments, environment=environment)
    return _plan_sysroot(
        member, fleet.folder / member.root, site, Invocation(arguments=program, environment=environment)
    )


def _plan_container(member: Member) -> tuple[str, ...]:
    platform = ("--platform", member.platform) if member.platform else ()
    limits = ("--read-only", "--network", "none", "--cap-drop", "ALL", "--tmpfs", "/tmp")  # noqa: S108 - in the container
    return (member.engine, "run", "--rm", *platform, *limits, member.image)


def _plan_sysroot(member: Member, root: Path, site: Sequence[str], program: Invocation) -> Invocation:
    root = root.resolve()
    triplet = next((folder.name for folder in sorted(root.glob("usr/lib/*-linux-gnu*"))), "")
    libraries = [root / name.format(triplet=triplet) for name in _LIBRARIES]
    inside = {
        "LD_LIBRARY_PATH": ":".join(str(folder) for folder in libraries if folder.is_dir()),
        "PYTHONHOME": str(root / "usr"),
        "PYTHONPATH": ":".join([*site, str(root / "usr/lib/python3/dist-packages")]),
    }
    model = ("-cpu", member.model) if member.model else ()
    settings = [part for name, value in inside.items() if value for part in ("-E", f"{name}={value}")]
    start = (member.emulator, *model, "-L", str(root), *settings, str(root / "usr/bin/python3"))
    return Invocation(arguments=(*start, *program.arguments), environment=program.environment)


def _find(program: str, fleet: Fleet) -> str:
    """Return an interpreter named relative to the fleet's file, or found on PATH, or as it is."""
    beside = fleet.folder / program
    return str(beside) if beside.exists() else shutil.which(program) or program


def _inherit() -> dict[str, str]:
    """Return this process's environment without what tells Python where to import from or what was set by a restart."""
    left_out = ("PYTHON", "REPRO_APPLIANCE_LAUNCHED", "LD_LIBRARY_PATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
