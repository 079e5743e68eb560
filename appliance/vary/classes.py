"""Classes of equal results: their worlds, the smallest command that gives each, where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.vary.comparing.differences import find_difference
from appliance.vary.world import World

if TYPE_CHECKING:
    from appliance.vary.findings import Findings
    from appliance.vary.launching import Launcher
    from appliance.vary.memory import Memory
    from appliance.vary.trial import Trial

_HERE = Path("/WORKING-DIRECTORY")


@attrs.frozen(kw_only=True)
class Class:
    """Worlds that gave the same results.

    Args:
        id: one letter or more; A is the baseline's.
        worlds: the worlds in words, the smallest first.
        command: a line for a shell that gives the smallest of them.
        outputs: the digest of the contents of every output.
        ending: how the program failed; "" if it did not.
        tail: the end of its messages, if it failed.
        difference: the first difference from class A.
    """

    id: str
    worlds: tuple[str, ...]
    command: str
    outputs: dict[str, str]
    ending: str = ""
    tail: str = ""
    difference: str = ""

    @property
    def members(self) -> tuple[str, ...]:
        """Its worlds in words."""
        return self.worlds


def list_classes(findings: Findings, memory: Memory, launcher: Launcher) -> tuple[Class, ...]:
    """Return the classes of a search, that of the baseline first."""
    found: list[Class] = []
    first: Trial | None = None
    for number, (signature, worlds) in enumerate(_sort(findings)):
        smallest = worlds[0]
        trial = _find_trial(memory, smallest, signature)
        first = first or trial
        if trial is None:
            continue
        found.append(
            Class(
                id=_name(number),
                worlds=tuple(map(str, worlds)),
                command=launcher.write_line(smallest, _HERE),
                outputs={name: output.content for name, output in sorted(trial.outputs.items())},
                ending=trial.ending,
                tail=trial.tail,
                difference="" if trial is first or first is None else _compare(first, trial, memory),
            )
        )
    return tuple(found)


def compare_unsteady(findings: Findings, memory: Memory) -> str:
    """Return the first difference between two runs of the program as it is; "" if all agree."""
    trials = memory.trials.get(str(World()), [])
    for other in trials[1:]:
        if any(trials[0].read_content(name) != other.read_content(name) for name in findings.control.unstable):
            return _compare(trials[0], other, memory)
    return ""


def _sort(findings: Findings) -> list[tuple[str, list[World]]]:
    """Return the worlds by the digest of their results: the baseline's first, then those with the fewest settings."""
    groups = [(one, sorted(worlds, key=lambda world: (len(world), world))) for one, worlds in findings.worlds.items()]
    return groups[:1] + sorted(groups[1:], key=lambda group: len(group[1][0]))


def _find_trial(memory: Memory, world: World, signature: str) -> Trial | None:
    """Return a run of a world that gave these results, or the first one where outputs are ignored."""
    known = memory.trials.get(str(world), [])
    return next((trial for trial in known if trial.sign() == signature), known[0] if known else None)


def _compare(a: Trial, b: Trial, memory: Memory) -> str:
    """Return the first difference of two runs in one line."""
    if b.ending:
        return b.ending
    missing = sorted(set(a.outputs) ^ set(b.outputs))
    if missing:
        return f"only one of them writes {', '.join(missing)}"
    names = [name for name in sorted(a.outputs) if a.outputs[name].content != b.outputs[name].content]
    one, other = memory.find_kept(a), memory.find_kept(b)
    for name in names:
        left, right = (memory.workshop.find_kept(trial, name) for trial in (one, other))
        difference = find_difference(left, right, name) if left and right else None
        if difference is not None:
            return f"{name}: {difference.describe()}"
    return f"{', '.join(names)} differ" if names else ""


def _name(number: int) -> str:
    """Return A to Z, then AA and so on."""
    letter = chr(ord("A") + number % 26)
    return letter if number < 26 else _name(number // 26 - 1) + letter  # noqa: PLR2004 - letters
