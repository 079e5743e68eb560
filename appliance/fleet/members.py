"""The members of a fleet, as a file declares them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import attrs
import cattrs
from attrs import validators as v

from appliance.errors import ConfigurationError
from verify.errors import UsageError, suggest_name
from verify.files.limits import CONFIG_NAME
from verify.files.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCHEMA = "repro-appliance/fleet/1"
_LONGEST = 1e6  # seconds that a member may be given
_MOST = 1000  # members, configurations
_MOST_JOBS = 256
# What stands in a table, names a program or a place, is one word of a command line. None looks like an option.
_LABEL = r"[A-Za-z0-9][^\x00-\x1f\x7f-\x9f]{0,99}"
_PROGRAM = r"([^-\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]{0,999})?"
_WORD = r"([A-Za-z0-9_/.\[][A-Za-z0-9_/.:@%=,+\[\]-]{0,254})?"
KINDS = ("local", "cpu", "isa", "compat", "container", "ssh")


def _matches(pattern: str) -> Callable[[Any, attrs.Attribute[str], str], Any]:
    return v.and_(v.instance_of(str), v.matches_re(pattern))


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

    name: str = attrs.field(validator=_matches(_LABEL))
    kind: Literal["local", "cpu", "isa", "compat", "container", "ssh"]
    python: str = attrs.field(default="", validator=_matches(_PROGRAM))
    model: str = attrs.field(default="", validator=_matches(_WORD))
    emulator: str = attrs.field(default="", validator=_matches(_PROGRAM))
    loader: str = ""
    root: str = ""
    site: tuple[str, ...] = ()
    image: str = attrs.field(default="", validator=_matches(_WORD))
    platform: str = attrs.field(default="", validator=_matches(_WORD))
    engine: str = attrs.field(default="docker", validator=_matches(_PROGRAM))
    host: str = attrs.field(default="", validator=_matches(_WORD))
    command: str = attrs.field(default="repro-appliance", validator=_matches(_PROGRAM))
    variables: dict[str, str] = attrs.field(
        factory=dict, validator=v.deep_mapping(v.matches_re("[A-Za-z_][A-Za-z0-9_]{0,99}"), v.instance_of(str))
    )
    seconds: float = attrs.field(default=0.0, validator=(v.ge(0), v.lt(_LONGEST)))
    id: str = attrs.field(
        default=attrs.Factory(lambda self: _name_briefly(self.name), takes_self=True),
        validator=v.matches_re(CONFIG_NAME),
    )


@attrs.frozen(kw_only=True)
class Fleet:
    """Members that verify the same configurations, `jobs` of them at a time, each for at most `seconds`."""

    schema: str = attrs.field(validator=v.in_((SCHEMA,)))
    configs: tuple[str, ...] = attrs.field(
        default=("smoke", "smoke-f64", "baseline"),
        validator=(v.min_len(1), v.max_len(_MOST), v.deep_iterable(v.matches_re(CONFIG_NAME))),
    )
    jobs: int = attrs.field(default=2, validator=(v.ge(1), v.le(_MOST_JOBS)))
    seconds: float = attrs.field(default=600.0, validator=(v.gt(0), v.lt(_LONGEST)))
    members: tuple[Member, ...] = attrs.field(validator=(v.min_len(1), v.max_len(_MOST)))
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


def _require_type(value: object, kind: type[Any]) -> object:
    """Return a value of exactly this type; a whole number may stand for a fraction."""
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def _structure_list(value: object, kind: Any) -> object:  # noqa: ANN401 - a type
    if not isinstance(value, list):
        raise TypeError(f"expected a list, found {type(value).__name__}")
    return tuple(_CONVERTER.structure(item, get_args(kind)[0]) for item in value)


def _is_list(kind: object) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple


_CONVERTER = cattrs.Converter(forbid_extra_keys=True)
for _kind in (str, int, float):
    _CONVERTER.register_structure_hook(_kind, _require_type)
_CONVERTER.register_structure_hook(Path, lambda value, _: value)
_CONVERTER.register_structure_hook_func(_is_list, _structure_list)


def read_fleet(path: Path) -> Fleet:
    """Return the fleet that a TOML file declares; relative paths in it start at the file's directory.

    Raises:
        ConfigurationError: the file is missing or malformed, a member lacks what its kind needs, or two share a name.
    """
    try:
        table = read_toml(path, what="a fleet")
    except UsageError as error:
        raise ConfigurationError(
            error.title, where=path, expected=error.expected, found=error.found, remedy=error.remedy
        ) from error
    try:
        fleet = _CONVERTER.structure({**table, "folder": path.resolve().parent}, Fleet)
    except (cattrs.BaseValidationError, OSError, RuntimeError, TypeError, ValueError) as error:
        found = "; ".join(cattrs.transform_error(error)) if isinstance(error, cattrs.BaseValidationError) else error
        raise ConfigurationError("a fleet is malformed", where=path, found=found) from error
    names, ids = Counter(member.name for member in fleet.members), Counter(member.id for member in fleet.members)
    for member in fleet.members:
        needed = _NEEDED[member.kind]
        if not all(getattr(member, key) for key in needed):
            title = f"a member of kind {member.kind} lacks a key"
            raise ConfigurationError(title, where=f"{path}, {member.name}", expected=", ".join(needed))
        if names[member.name] > 1 or ids[member.id] > 1:
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
            ids = [member.id for member in fleet.members]
            raise UsageError("no such member", expected=", ".join(ids), found=name, remedy=suggest_name(name, ids))
    chosen = {known[name].id for name in names}
    return [member for member in fleet.members if not names or member.id in chosen]
