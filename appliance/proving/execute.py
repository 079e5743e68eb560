"""`prove resume`: every stop point of a short training, each resumed in a fresh process, and the state closure."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.proving.answer import Answer
from appliance.proving.closure import find_open_state
from appliance.proving.engines import find_engine, spread
from appliance.proving.rooms import open_room
from appliance.proving.shortening import shorten_config
from appliance.proving.stops import (
    assign_worlds,
    choose_stops,
    make_words,
    record_stops,
    resume,
    train_undisturbed,
)
from appliance.proving.trials import find_first, is_here
from appliance.proving.worlds import NotTried, list_worlds, make_world_here
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from appliance.proving.children import Bench
    from appliance.proving.closure import Closure
    from appliance.proving.request import Subject
    from appliance.proving.stops import Stop
    from appliance.proving.trials import Trial
    from appliance.proving.worlds import World
    from verify.results import Verdict

    Tell = Callable[[str], None]

ALL = "all"
_WORKERS = (2, 3)  # workers with which stopped trainings are finished


def parse_count(text: str) -> int | None:
    """Return how many stop points are tried; None for all.

    Raises:
        UsageError: it is no number.
    """
    if text == ALL:
        return None
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 10**6:
        raise UsageError("this is no number of stop points", expected="all, or a number", found=text, where="--stops")
    return int(text)


@attrs.frozen(kw_only=True)
class Resuming:
    """How much of a training is tried.

    Args:
        stops: how many stop points; None for all.
        tell: gets lines about the progress.
        worlds: whether other worlds are tried, too.
        members: the file that declares the members of the fleet.
        mpiexec: the program that starts workers; None for the one that belongs to mpi4py.
        scratch: where files of children are made; None for the place of temporary files.
    """

    stops: int | None
    tell: Tell
    worlds: bool = True
    members: Path = Path()
    mpiexec: Path | None = None
    scratch: Path | None = None


def prove_resume(subject: Subject, resuming: Resuming, bench: Bench) -> Answer:
    """Stop a training at every point, resume it, compare; then look for state that no checkpoint holds.

    Raises:
        ConfigurationError: there is no such configuration, or it is malformed.
        CouldNotJudgeError: the training does not end.
    """
    begun = time.monotonic()
    digest, short = subject.digest, shorten_config(subject.config, subject.overrides)
    worlds, missing = _list_worlds(subject, resuming, bench)
    with open_room(resuming.scratch) as room:
        resuming.tell("training undisturbed")
        subject = attrs.evolve(subject, overrides=short.overrides)
        words = make_words(subject)
        undisturbed = train_undisturbed(subject, bench, worlds[0], room.path / "undisturbed")
        resuming.tell("training with a checkpoint after every step")
        stops = record_stops(subject, bench, room.path / "stops")
        chosen = choose_stops(stops, resuming.stops)
        tasks = list(enumerate(assign_worlds(chosen, worlds)))

        def try_one(task: tuple[int, tuple[Stop, World]]) -> Trial:
            number, (stop, world) = task
            resuming.tell(f"resuming {number + 1} of {len(tasks)}: after {stop}, {world.name}")
            return resume(stop, world, words, undisturbed, bench, room.path / f"resumed-{number}")

        trials = tuple(bench.map(try_one, tasks))
        resuming.tell("comparing everything that the processes hold")
        closure, problem = _try_closure(subject, stops, bench, room.path / "closure")
        notes = (*_list_notes(short.note, len(stops), len(chosen)), *([problem] if problem else ()))
        answer = judge(subject, trials, tuple(missing), closure, notes)
        room.keep = answer.first is not None
        if room.keep:
            answer = attrs.evolve(answer, remedy=_advise(answer, room.path))
    return attrs.evolve(answer, config_digest=digest, seconds=time.monotonic() - begun)


def _list_worlds(subject: Subject, resuming: Resuming, bench: Bench) -> tuple[list[World], list[NotTried]]:
    """Return the world of this process, then others, and those that cannot be had here."""
    if not resuming.worlds:
        return [make_world_here(subject, bench)], []
    worlds, missing = list_worlds(subject, bench, resuming.members)
    engine = find_engine(bench, resuming.mpiexec)
    if isinstance(engine, NotTried):
        return worlds, [*missing, engine]
    return [*worlds, *(spread(engine, subject, bench, count) for count in _WORKERS)], missing


def _list_notes(short: str, there: int, chosen: int) -> Iterator[str]:
    if short:
        yield short
    if chosen < there:
        yield f"{chosen} of {there} stop points were tried; --stops all tries every one"


def _try_closure(subject: Subject, stops: Sequence[Stop], bench: Bench, scratch: Path) -> tuple[Closure | None, str]:
    """Return the state closure, or why there is none."""
    scratch.mkdir()
    try:
        return find_open_state(subject, stops, bench, scratch), ""
    except CouldNotJudgeError as error:
        return None, f"the state closure was not tried, because {error.title}: {error.found}"


def judge(
    subject: Subject,
    trials: tuple[Trial, ...],
    missing: tuple[NotTried, ...],
    closure: Closure | None,
    notes: tuple[str, ...],
) -> Answer:
    """Return the verdict over all trials and the state closure."""
    verdict, sentence = _find_verdict(subject.title, trials, closure)
    return Answer(
        subject="resume",
        config=subject.config,
        config_digest=subject.digest,
        verdict=verdict,
        sentence=sentence,
        trials=trials,
        not_tried=missing,
        closure=closure,
        notes=notes,
        remedy=_ADVICE if closure is not None and closure.findings else "",
    )


_ADVICE = (
    "carry it in what a checkpoint holds: parameters, the state of an update rule, what a callback's capture() returns;"
    " or make it anew from epoch and step"
)


def _find_verdict(name: str, trials: tuple[Trial, ...], closure: Closure | None) -> tuple[Verdict, str]:
    first = find_first(trials, "different")
    if closure is not None and not closure.repeats:
        return "different", f"two undisturbed trainings of {name} already differ from each other"
    if first is not None:
        lost = f"; {closure.findings[0].name} is not in the checkpoint" if closure and closure.findings else ""
        return "different", f"{name} resumed after {first.stop} ({first.world}) differs first in: {first.first}{lost}"
    if closure is not None and closure.findings:
        one = closure.findings[0]
        how = "results change" if closure.results_differ else "no result changed in the steps that were tried"
        return "different", f"{one.name} is carried from step to step and is not in the checkpoint; {how}"
    doubt = _find_doubt(trials, closure)
    if doubt:
        return "could-not-judge", f"{name} {doubt}"
    count = len({trial.stop for trial in trials if trial.status == "identical"})
    worlds = len({trial.world for trial in trials if trial.status == "identical"})
    where = "1 world" if worlds == 1 else f"{worlds} worlds"
    return "identical", f"{name} resumed after each of {count} stop points gives the same bits, in {where}"


def _find_doubt(trials: tuple[Trial, ...], closure: Closure | None) -> str:
    """Return what keeps equal results from being a proof; empty where nothing does."""
    lost = next((trial for trial in trials if trial.status == "not judged" and is_here(trial)), None)
    if lost is not None:
        return f"was not resumed after {lost.stop}: {lost.first}"
    if closure is None:
        return "resumes to the same bits, but the state closure was not tried"
    return "" if closure.is_whole else "resumes to the same bits, but its process holds too many objects to compare"


def _advise(answer: Answer, path: Path) -> str:
    """Return what helps, and how to look at the first difference.

    Both runs are not trained again there: that would be without the interruption.
    """
    number = next(number for number, trial in enumerate(answer.trials) if trial is answer.first)
    look = f"repro-appliance diff --no-replay {path}/undisturbed/run {path}/resumed-{number}/run"
    return f"{answer.remedy}; to see the difference: {look}" if answer.remedy else look
