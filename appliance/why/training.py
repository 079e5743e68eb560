"""Two runs of this project: trained again as they are recorded, or with parts of the other's world."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from appliance.launch.variables import THREAD_VARIABLES
from appliance.replay.pair import find_first_epoch
from appliance.replay.training import Plan, Replay, try_replay
from appliance.replay.world import plan_environment, read_threads
from appliance.why.beginning import find_event, read_beginning
from appliance.why.case import Case
from appliance.why.case import Replay as Repeated
from appliance.why.experiments import Sides
from appliance.why.shown import Structure
from appliance.why.states import apply_setup, read_setup
from verify.judging.differences import list_differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from appliance.replay.pair import ReplayedPair
    from appliance.vary.axis import Launch
    from appliance.why.shown import Kind
    from appliance.why.states import Setup
    from verify.files.run import RunFiles
    from verify.files.trace import EventId
    from verify.files.traces import Trace
    from verify.judging.differences import Difference

_SHOWN = 5


@attrs.define(kw_only=True)
class TrainedRun:
    """A run directory that can be trained again.

    Args:
        files: the run.
        scratch: an existing directory for replays.
        first_epoch: the first epoch with steps in the trace.
        data_dir: where data files are; None for the usual places.
        runs: how often it was trained.
    """

    files: RunFiles
    scratch: Path
    first_epoch: int
    data_dir: Path | None = None
    runs: int = 0
    reason: str = ""

    @property
    def name(self) -> str:
        """Its settings and its profile."""
        return json.dumps([self.files.record.config_digest, self.files.record.profile])

    def run(
        self, setup: Setup, wanted: Iterable[EventId] = (), change: Callable[[Launch], Launch] | None = None
    ) -> Trace | None:
        """Return the trace of a training in a world; None where it cannot be trained here."""
        self.runs += 1

        def apply(launch: Launch) -> Launch:
            applied = attrs.evolve(apply_setup(setup, launch), command=launch.command)
            return change(applied) if change is not None else applied

        plan = Plan(
            scratch=self.scratch,
            first_epoch=self.first_epoch,
            captures=tuple(wanted),
            change=apply,
            data_dir=self.data_dir,
        )
        found, self.reason = try_replay(self.files, plan)
        return None if found is None else found.trace


def read_run_setup(run: RunFiles) -> Setup:
    """Return the states of a run: the variables that its files name, and its threads."""
    variables = {**plan_environment(run, {}), **dict.fromkeys(THREAD_VARIABLES, str(read_threads(run)))}
    return read_setup(variables, {}, "")


def make_run_case(
    runs: tuple[RunFiles, RunFiles],
    pair: ReplayedPair,
    scratch: Path,
    environment: Mapping[str, str],
    data_dir: Path | None,
) -> Case | None:
    """Return what is known of two runs that were trained again; None where one of them could not be.

    Args:
        runs: the runs.
        pair: their replays.
        scratch: a directory for files.
        environment: the variables of this process, without those that name a world.
        data_dir: where data files are; None for the usual places.
    """
    if pair.a is None or pair.b is None:
        return None
    traces = pair.a.trace, pair.b.trace
    beginning = read_beginning(*traces)
    first_epoch = find_first_epoch(*runs)
    programs = [TrainedRun(files=run, scratch=scratch, first_epoch=first_epoch, data_dir=data_dir) for run in runs]
    case = Case(
        traces=traces,
        sides=Sides(
            programs=(programs[0], programs[1]),
            setups=(read_run_setup(runs[0]), read_run_setup(runs[1])),
            first=beginning.first,
        ),
        beginning=beginning,
        scratch=scratch,
        environment=environment,
    )
    case.replays = _repeat(case, pair.a, 0), _repeat(case, pair.b, 1)
    return case


def _repeat(case: Case, replay: Replay, side: int) -> Repeated:
    """Return a replay that was made already as one of a case."""
    wanted = case.wanted
    event = None if wanted is None else find_event(case.traces[side], wanted)
    return Repeated(trace=replay.trace, event=event, repeats=replay.repeated)


def read_settings(runs: tuple[RunFiles, RunFiles]) -> Structure | None:
    """Return the cause that the settings and the data of two runs show; None where they are equal."""
    sides = [{**run.record.settings, "bits": run.record.bits, "profile": run.record.profile} for run in runs]
    rows = [row for row in list_differences(sides[0], sides[1]) if row.path != "name"]
    if rows:
        kind = _name_settings(rows)
        return Structure(kind=kind, mechanism=f"the settings differ: {_write(rows)}", recorded=True)
    digests = [run.record.digests.dataset for run in runs]
    if digests[0] != digests[1]:
        text = f"the settings are equal and the data are not: {digests[0][:15]}... / {digests[1][:15]}..."
        return Structure(kind="data", mechanism=text, recorded=True)
    return None


def _name_settings(rows: list[Difference]) -> Kind:
    paths = [row.path for row in rows]
    if all(path == "seed" for path in paths):
        return "seed"
    return "data" if all(path.startswith("data.") for path in paths) else "configuration"


def _write(rows: list[Difference]) -> str:
    words = [f"{row.path}: {row.expected} / {row.found}" for row in rows[:_SHOWN]]
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"{'; '.join(words)}{more}"
