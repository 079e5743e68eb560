"""The axis `hash-seed`: the order of Python's sets of strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, judge, look_twice, refuse, refuse_without_python, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_VARIABLE = "PYTHONHASHSEED"
_SEEDS = ("0", "1", "2", "42", "1000")
_PROBE = "print('hash of a word:', hash('word'))"


class HashSeed:
    """Sets PYTHONHASHSEED; the baseline has a fixed seed, because without one no run is like another."""

    name = "hash-seed"
    title = "hash seed of Python"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:
        """Return several seeds: two of them may give one order by chance."""
        given = subject.environment.get(_VARIABLE, "random")
        baseline = "0" if given in {"random", ""} else given
        return (baseline, *(seed for seed in _SEEDS if seed != baseline))

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set the variable."""
        if value == AS_IT_IS:
            return launch
        return attrs.evolve(launch, environment=launch.environment | {_VARIABLE: value})

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the hash of a word in the child."""
        remedy = "start Python without -E and -I, which make it ignore PYTHONHASHSEED"
        other = refuse_without_python(subject)
        if other is not None:
            return other
        probe = start_probe(subject, _PROBE)
        before, after = look_twice(self, value, subject, run, probe)
        if after != run(self.apply(value, probe)).strip():
            return refuse("the hash of a word is random in spite of this seed", remedy, found=after)
        return judge(before, after, remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "sort sets before they are iterated over (sorted(names)), or set PYTHONHASHSEED=0 before Python starts"
