"""The answers of `prove`: a verdict in words, every trial, what was not tried, state that no checkpoint holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.proving.trials import find_first
from verify.escaping import clean
from verify.rendering.lines import wrap
from verify.rendering.tables import Table, render_text
from verify.results import find_exit_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.proving.closure import Closure, Finding
    from appliance.proving.trials import Trial
    from appliance.proving.worlds import NotTried
    from verify.results import Verdict

SCHEMA = "repro-appliance/prove/1"
_SHOWN = 10  # lines of each list


@attrs.frozen(kw_only=True)
class Answer:
    """Everything that is told.

    Args:
        subject: "resume" or "workers".
        config: what was trained.
        config_digest: the digest of its settings, before anything was made shorter.
        verdict: identical, different or could-not-judge.
        sentence: the verdict in words.
        trials: every training that was compared with the undisturbed one.
        not_tried: what could not be had here, with the reasons.
        closure: what the state closure found; None where it was not tried.
        notes: what was made shorter, and what was left out.
        remedy: what helps; empty where nothing has to.
        seconds: wall time.
    """

    subject: str
    config: str
    config_digest: str
    verdict: Verdict
    sentence: str
    trials: tuple[Trial, ...]
    not_tried: tuple[NotTried, ...]
    closure: Closure | None = None
    notes: tuple[str, ...] = ()
    remedy: str = ""
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 identical, 1 different, 3 where it could not be judged."""
        return find_exit_code(self.verdict)

    @property
    def first(self) -> Trial | None:
        """The first trial with other results."""
        return find_first(self.trials, "different")

    def to_json(self) -> dict[str, object]:
        """Return it as the JSON object that the command prints."""
        return {
            "schema": SCHEMA,
            "subject": self.subject,
            "config": self.config,
            "config_digest": self.config_digest,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "first": None if self.first is None else attrs.asdict(self.first),
            "trials": [attrs.asdict(trial) for trial in self.trials],
            "not_tried": [attrs.asdict(one) for one in self.not_tried],
            "closure": None if self.closure is None else attrs.asdict(self.closure),
            "notes": list(self.notes),
            "remedy": self.remedy,
            "seconds": round(self.seconds, 1),
        }

    def to_text(self) -> str:
        """Return it as text of 80 columns."""
        lines = [wrap(clean(f"{self.verdict}: {self.sentence}"), indent=2), "", render_text(self._tabulate())]
        lines += [line for trial in self._list_bad() for line in _format_trial(trial)]
        lines += [wrap(clean(f"not tried: {one.name}: {one.reason}"), indent=2) for one in self.not_tried]
        if self.closure is not None:
            lines += ["", *_format_closure(self.closure)]
        lines += [wrap(clean(f"note: {note}"), indent=2) for note in self.notes]
        if self.remedy:
            lines += ["", wrap(clean(f"try: {self.remedy}"), indent=2)]
        return "\n".join(lines)

    def _list_bad(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.status != "identical"][:_SHOWN]

    def _tabulate(self) -> Table:
        """Return one row for each world."""
        worlds = list(dict.fromkeys(trial.world for trial in self.trials))
        rows = []
        for world in worlds:
            statuses = [trial.status for trial in self.trials if trial.world == world]
            counts = [f"{statuses.count(one)} {one}" for one in dict.fromkeys(statuses)]
            rows.append((world, len(statuses), ", ".join(counts)))
        return Table(columns=("world", "tried", "results"), rows=rows)


def _format_trial(trial: Trial) -> Iterator[str]:
    where = f"{trial.stop}, {trial.world}" if trial.stop else trial.world
    yield wrap(clean(f"{where}: {trial.status}: {trial.first}"), first="  ", indent=4)


def _format_closure(closure: Closure) -> Iterator[str]:
    stops = ", ".join(map(str, closure.stops))
    yield wrap(
        f"state closure: {closure.objects} objects compared at the end, after stops at steps {stops}: "
        + (f"{len(closure.findings)} not in the checkpoint" if closure.findings else "nothing is missing"),
        indent=2,
    )
    for one in closure.findings[:_SHOWN]:
        yield from _format_finding(one)
    left = len(closure.findings) - _SHOWN
    if left > 0:
        yield f"  and {left} more; --json has all"
    if closure.followers:
        yield wrap(f"{closure.followers} more places differ, which may only follow from these", first="  ", indent=2)


def _format_finding(one: Finding) -> Iterator[str]:
    yield wrap(clean(f"not in the checkpoint: {one.name}"), first="  ", indent=4)
    if one.path != one.name:
        yield wrap(clean(f"reached as {one.path}"), first="    ", indent=6)
    changed = "results changed" if one.changes_results else "no result changed"
    text = f"undisturbed {one.undisturbed}; resumed after step {one.stop}: {one.resumed}; {changed}"
    yield wrap(clean(text), first="    ", indent=6)
