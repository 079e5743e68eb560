"""What a leg of a matrix was to be, and how its report differs from that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError
from verify.judging.pins import read_pins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from verify.digests import JsonObject, JsonValue
    from verify.files.reports import Environment

# Systems name one kind of processor in two ways.
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "x86-64": "x86_64"}
_SYSTEMS = {"macos": "darwin"}
_COMMIT = 7  # characters of a commit that are enough to name it


@attrs.frozen(kw_only=True)
class Expectation:
    """One leg of a matrix as it was to be; None for what is not stated, and so not compared.

    Args:
        configs: the configurations that it must have judged; none for those that any leg judged.
        system: Linux, Darwin or Windows.
        machine: the processor architecture.
        python: the release line, or the version, of Python.
        numpy: the release line or the version of NumPy, "locked" for the pinned one, "newest" for no older one.
        channel: how the program was installed.
        version: of the program.
        commit: of the program.
    """

    configs: tuple[str, ...] = ()
    system: str | None = None
    machine: str | None = None
    python: str | None = None
    numpy: str | None = None
    channel: str | None = None
    version: str | None = None
    commit: str | None = None

    @property
    def stated(self) -> dict[str, str]:
        """What is stated about the leg, by name."""
        values = {name: getattr(self, name) for name in _COMPARISONS}
        return {name: value for name, value in values.items() if value is not None}


def list_mismatches(expected: Expectation, environment: Environment) -> list[tuple[str, str, str]]:
    """Return what is not as stated: its name, what was stated, and what the report says."""
    found = _read_facts(environment)
    return [
        (name, value, found[name] or "unknown")
        for name, value in expected.stated.items()
        if not found[name] or not _COMPARISONS[name](value, str(found[name]))
    ]


def _read_facts(environment: Environment) -> dict[str, str | None]:
    compared, context = environment.compared, environment.context
    facts: dict[str, JsonValue] = {
        "system": str(context.get("os.kernel") or "").partition(" ")[0],
        "machine": compared.get("machine"),
        "python": compared.get("python.version"),
        "numpy": compared.get("numpy.version"),
        "channel": context.get("channel"),
        "version": context.get("program.version"),
        "commit": context.get("program.commit"),
    }
    return {name: None if value is None else str(value) for name, value in facts.items()}


def _is_same(expected: str, found: str) -> bool:
    return expected.lower() == found.lower()


def _is_same_machine(expected: str, found: str) -> bool:
    a, b = expected.lower(), found.lower()
    return _MACHINES.get(a, a) == _MACHINES.get(b, b)


def _is_same_system(expected: str, found: str) -> bool:
    a, b = expected.lower(), found.lower()
    return _SYSTEMS.get(a, a) == _SYSTEMS.get(b, b)


def _is_release(expected: str, found: str) -> bool:
    return found == expected or found.startswith(expected + ".")


def _is_numpy(expected: str, found: str) -> bool:
    if expected == "newest":
        return _order(found) >= _order(read_pins().numpy)
    return _is_release(read_pins().numpy if expected == "locked" else expected, found)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:3])


def _is_commit(expected: str, found: str) -> bool:
    short, whole = sorted((expected.lower(), found.lower()), key=len)
    return len(short) >= _COMMIT and whole.startswith(short)


_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "system": _is_same_system,
    "machine": _is_same_machine,
    "python": _is_release,
    "numpy": _is_numpy,
    "channel": _is_same,
    "version": _is_same,
    "commit": _is_commit,
}


def parse_expectations(
    entries: JsonValue, configs: Sequence[str], is_name: Callable[[object], bool], where: object
) -> dict[str, Expectation]:
    """Return what is expected of every leg, by its name.

    Args:
        entries: a list of names, or of objects with a `name`, the `configs` that the leg must have judged, and what it
            was to be: `system`, `machine`, `python`, `numpy`, `channel`, `version`, `commit`. Other keys are allowed.
        configs: of a leg that states none.
        is_name: tells whether a value is the name of a configuration.
        where: the source of the entries, for errors.

    Raises:
        UsageError: an entry is of another form, or a name stands in it twice.
    """
    expected: dict[str, Expectation] = {}
    for name, row in _list_entries(entries, where):
        chosen = row.get("configs", list(configs))
        values = {key: row.get(key) for key in _COMPARISONS}
        texts = {key: value for key, value in values.items() if isinstance(value, str)}
        wrong = [key for key, value in values.items() if value is not None and key not in texts]
        if not isinstance(chosen, list) or not all(map(is_name, chosen)) or wrong or name in expected:
            raise _refuse({"name": name, **row}, where)
        expected[name] = Expectation(configs=tuple(map(str, chosen)), **texts)
    return expected


def _list_entries(entries: JsonValue, where: object) -> Iterator[tuple[str, JsonObject]]:
    for entry in entries if isinstance(entries, list) else [entries]:
        row = entry if isinstance(entry, dict) else {"name": entry}
        name = row.get("name")
        if not isinstance(entries, list) or not isinstance(name, str):
            raise _refuse(entry, where)
        yield name, row


def _refuse(entry: object, where: object) -> UsageError:
    return UsageError(
        "the list of legs is not valid",
        expected="a list of names, or of objects with a name, a list of configs, and texts that say what the leg is",
        found=str(entry)[:80],
        where=where,
    )
