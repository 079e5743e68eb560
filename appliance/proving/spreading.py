"""`prove workers`: the same training on several numbers of workers, compared with one process without an engine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

from appliance.proving.answer import Answer
from appliance.proving.engines import find_engine, spread
from appliance.proving.reading import read_run
from appliance.proving.rooms import open_room
from appliance.proving.stops import RUN, make_words, name_place, train_undisturbed
from appliance.proving.trials import find_first, judge_run
from appliance.proving.worlds import NotTried, make_world_here
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.proving.children import Bench
    from appliance.proving.engines import Engine
    from appliance.proving.reading import Ran
    from appliance.proving.request import Subject
    from appliance.proving.trials import Trial
    from appliance.proving.worlds import World
    from verify.results import Verdict

    Tell = Callable[[str], None]

_MOST = 64  # workers
_LIMIT = 32  # numbers of workers


def parse_counts(text: str) -> tuple[int, ...]:
    """Return numbers of workers.

    Raises:
        UsageError: they are none.
    """
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdecimal() and 0 < int(word) <= _MOST for word in words) or len(words) > _LIMIT:
        raise UsageError(
            "these are no numbers of workers", expected=f"1,2,3 with numbers to {_MOST}", found=text, where="--workers"
        )
    return tuple(dict.fromkeys(map(int, words)))


@attrs.frozen(kw_only=True)
class Working:
    """What is tried.

    Args:
        counts: the numbers of workers.
        tell: gets lines about the progress.
        mpiexec: the program that starts workers; None for the one that belongs to mpi4py.
    """

    counts: tuple[int, ...]
    tell: Tell
    mpiexec: Path | None = None


def prove_workers(subject: Subject, working: Working, bench: Bench) -> Answer:
    """Train with every number of workers, one after the other, and compare each with one process.

    Raises:
        ConfigurationError: there is no such configuration, or it is malformed.
        CouldNotJudgeError: one process does not end its training.
    """
    begun = time.monotonic()
    engine = find_engine(bench, working.mpiexec)
    found = _give_up(subject, engine) if isinstance(engine, NotTried) else _try_counts(subject, working, bench, engine)
    return attrs.evolve(found, seconds=time.monotonic() - begun)


def _give_up(subject: Subject, lacking: NotTried) -> Answer:
    return Answer(
        subject="workers",
        config=subject.config,
        config_digest=subject.digest,
        verdict="could-not-judge",
        sentence=f"no workers can be started: {lacking.reason}",
        trials=(),
        not_tried=(lacking,),
        remedy=lacking.reason.partition(": ")[2],
    )


def _try_counts(subject: Subject, working: Working, bench: Bench, engine: Engine) -> Answer:
    """Train in one process and with every number of workers; the runs stay where two of them differ."""
    words = make_words(subject)
    with open_room() as room:
        working.tell("training in one process")
        alone = train_undisturbed(subject, bench, make_world_here(subject, bench), room.path / "one")
        trials = []
        for count in working.counts:
            working.tell(f"training with {count} workers")
            world = spread(engine, subject, bench, count)
            trials.append(_train(world, words, alone, bench, room.path / f"workers-{count}"))
        verdict, sentence = _judge(subject, trials, engine.library)
        first = find_first(trials, "different")
        room.keep = first is not None
        number = working.counts[trials.index(first)] if first is not None else 0
        remedy = f"repro-appliance diff {room.path}/one/run {room.path}/workers-{number}/run" if first else ""
    return Answer(
        subject="workers",
        config=subject.config,
        config_digest=subject.digest,
        verdict=verdict,
        sentence=sentence,
        trials=tuple(trials),
        not_tried=(),
        notes=(f"started by {engine.program}; the library of mpi4py: {engine.library}",),
        remedy=remedy,
    )


def _train(world: World, words: list[str], alone: Ran, bench: Bench, room: Path) -> Trial:
    """Train with several workers, and compare the run with that of one process."""
    room.mkdir()
    command = world.plan([*words, *name_place(world, room), "--checkpoint-every", "never"], room)
    ran = read_run(bench.run(command), room / RUN)
    return judge_run(ran, alone, world)


def _judge(subject: Subject, trials: Sequence[Trial], library: str) -> tuple[Verdict, str]:
    name, worlds = subject.title, ", ".join(trial.world for trial in trials)
    first = find_first(trials, "different")
    if first is not None:
        return "different", f"{name} with {first.world} differs from one process first in: {first.first}"
    lost = find_first(trials, "not judged")
    if lost is not None:
        return "could-not-judge", f"{name} was not trained with {lost.world}: {lost.first}"
    return "identical", f"{name} has the same digests and the same files in one process and with {worlds} ({library})"
