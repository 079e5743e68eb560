"""The members of a fleet, as a file declares them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs
import cattrs
from attrs import validators as v

from appliance.errors import ConfigurationError
from verify.errors import UsageError
from verify.files.limits import CONFIG_NAME
from verify.files.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "repro-appliance/fleet/1"
_LONGEST = 1e6  # seconds that a member may be given
KINDS = ("local", "cpu", "isa", "compat", "container", "ssh")


def _name_briefly(name: str) -> str:
    return re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-._") or "member"


@attrs.frozen(kw_only=True)
class Member:
    """One machine of a fleet.

    Args:
        name: unique, as in the table.
        id: unique, short, for command lines and files; made from the name if absent.
        kind: "local" (an interpreter here), "cpu" (this interpreter on an emulated x86-64 model), "isa" (another
            instruction set, emulated, with its own sysroot), "compat" (another one of this processor, such as i686 on
            x86-64, with its own sysroot), "container" or "ssh".
        python: local: the interpreter, by path or name.
        model: cpu, isa: the processor model, as the emulator names it; isa may leave it to the emulator. compat: the
            machine, as setarch names it.
        emulator: isa: the emulator's program.
        loader: compat: the sysroot's dynamic loader, relative to it.
        root: isa, compat: the sysroot.
        site: local, isa, compat: directories to import from before the interpreter's own, such as one that
            holds this program.
        image: container: the image.
        platform: container: such as linux/arm64; the engine's own if absent.
        engine: container: the program that runs images.
        host: ssh: where to, as ssh takes it.
        command: ssh: the program there.
        variables: further environment variables.
        seconds: time limit; 0 for the fleet's.
    """

    name: str = attrs.field(validator=v.min_len(1))
    kind: Literal["local", "cpu", "isa", "compat", "container", "ssh"]
    python: str = ""
    model: str = ""
    emulator: str = ""
    loader: str = ""
    root: str = ""
    site: tuple[str, ...] = ()
    image: str = ""
    platform: str = ""
    engine: str = "docker"
    host: str = ""
    command: str = "repro-appliance"
    variables: dict[str, str] = attrs.Factory(dict)
    seconds: float = attrs.field(default=0.0, validator=(v.ge(0), v.lt(_LONGEST)))
    id: str = attrs.field(
        default=attrs.Factory(lambda self: _name_briefly(self.name), takes_self=True),
        validator=v.matches_re(CONFIG_NAME),
    )


@attrs.frozen(kw_only=True)
class Fleet:
    """Members that verify the same configurations, `jobs` of them at a time, each for at most `seconds`."""

    schema: str = attrs.field(validator=v.in_((SCHEMA,)))
    configs: tuple[str, ...] = attrs.field(default=("smoke", "smoke-f64", "baseline"), validator=v.min_len(1))
    jobs: int = attrs.field(default=2, validator=v.ge(1))
    seconds: float = attrs.field(default=600.0, validator=(v.gt(0), v.lt(_LONGEST)))
    members: tuple[Member, ...] = attrs.field(validator=v.min_len(1))
    folder: Path = Path()


# The keys that each kind must have.
_NEEDED = {
    "local": ("python",),
    "cpu": ("model",),
    "isa": ("emulator", "root"),
    "compat": ("model", "loader", "root"),
    "container": ("image",),
    "ssh": ("host",),
}


def read_fleet(path: Path) -> Fleet:
    """Return the fleet that a TOML file declares; relative paths in it start at the file's directory.

    Raises:
        ConfigurationError: the file is missing or malformed, a member lacks what its kind needs, or two share a name.
    """
    try:
        table = read_toml(path, what="a fleet")
    except UsageError as error:
        raise ConfigurationError(error.title, where=path, expected=error.expected, found=error.found) from error
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    try:
        fleet = converter.structure({**table, "folder": str(path.resolve().parent)}, Fleet)
    except (cattrs.BaseValidationError, TypeError, ValueError) as error:
        found = "; ".join(cattrs.transform_error(error)) if isinstance(error, cattrs.BaseValidationError) else error
        raise ConfigurationError("a fleet is malformed", where=path, found=found) from error
    names, ids = [member.name for member in fleet.members], [member.id for member in fleet.members]
    for member in fleet.members:
        needed = _NEEDED[member.kind]
        if not all(getattr(member, key) for key in needed):
            title = f"a member of kind {member.kind} lacks a key"
            raise ConfigurationError(title, where=f"{path}, {member.name}", expected=", ".join(needed))
        if names.count(member.name) > 1 or ids.count(member.id) > 1:
            raise ConfigurationError("two members share a name or an id", where=path, found=member.name)
    return fleet


def choose_members(fleet: Fleet, names: Sequence[str]) -> list[Member]:
    """Return the members of those names or ids, each once, all if none is given.

    Raises:
        UsageError: there is no such member.
    """
    known = {key: member for member in fleet.members for key in (member.name, member.id)}
    for name in names:
        if name not in known:
            raise UsageError("no such member", expected=", ".join(member.id for member in fleet.members), found=name)
    chosen = {known[name].id for name in names}
    return [member for member in fleet.members if not names or member.id in chosen]
