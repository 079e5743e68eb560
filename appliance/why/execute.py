"""Carries out a request: both sides read and compared, the cause searched, the answer made."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.replay.answer import choose_traces
from appliance.replay.pair import ReplayedPair, replay_pair
from appliance.why.answer import Answer
from appliance.why.beginning import read_beginning
from appliance.why.case import Case
from appliance.why.experiments import Sides
from appliance.why.explain import explain, explain_runs
from appliance.why.programs import TracedProgram
from appliance.why.states import divide_command, is_world_variable, read_setup
from appliance.why.training import make_run_case, read_settings
from verify.errors import UsageError
from verify.escaping import clean_line
from verify.judging.comparison import compare_sides
from verify.judging.sides import RunSide, TraceSide, read_side

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appliance.why.states import Setup
    from verify.files.run import RunFiles
    from verify.files.traces import Trace
    from verify.judging.comparison import Comparison


@attrs.frozen(kw_only=True)
class WhyRequest:
    """Two sides of which the difference is to be explained.

    Args:
        a: the path of one side.
        b: the path of the other.
        environment: the variables with which programs are run again.
        tell: gets a line for each long step.
        data_dir: where data files are; None for the usual places.
        replay: whether both sides may be run again.
    """

    a: str
    b: str
    environment: Mapping[str, str]
    tell: Callable[[str], None]
    data_dir: Path | None = None
    replay: bool = True


def find_cause(request: WhyRequest) -> Answer:
    """Compare two sides and find the cause of their difference.

    Raises:
        UsageError: the sides are of a kind that cannot be run again.
        CouldNotJudgeError: nothing could be compared.
    """
    sides = read_side(request.a), read_side(request.b)
    comparison = compare_sides(*sides)
    if comparison.verdict != "different":
        return Answer(comparison=comparison, finding=None)
    if isinstance(sides[0], RunSide) and isinstance(sides[1], RunSide):
        return _explain_runs(comparison, (sides[0].run, sides[1].run), request)
    if not isinstance(sides[0], TraceSide) or not isinstance(sides[1], TraceSide):
        raise UsageError(
            "the cause cannot be searched between these two",
            expected="two traces of programs, or two run directories",
            found=f"{request.a}, {request.b}",
            remedy="record both programs: repro-appliance trace -o DIR -- python program.py",
        )
    scratch = Path(tempfile.mkdtemp(prefix="repro-appliance-why-")).resolve()
    try:
        case = make_case(sides[0].trace, sides[1].trace, scratch, request.environment, allowed=request.replay)
        if request.replay:
            for trace in case.traces:
                request.tell(f"runs again: {clean_line(shlex.join(trace.header.command))}")
        finding = explain(case)
        comparison = _complete(comparison, case)
        runs = case.sides.programs[0].runs + case.sides.programs[1].runs
        return Answer(comparison=comparison, finding=attrs.evolve(finding, runs=runs))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _complete(comparison: Comparison, case: Case) -> Comparison:
    """Return a comparison of traces that speaks of the event at which the difference begins, with its elements."""
    traces, first = comparison.traces, case.beginning.first
    if traces is None or first is None:
        return comparison
    traces.findings.first = first
    elements = tuple(sorted(case.elements.values(), key=lambda row: (not row.tensor.startswith("out."), row.tensor)))
    return attrs.evolve(comparison, traces=attrs.evolve(traces, elements=elements or traces.elements))


def _explain_runs(comparison: Comparison, runs: tuple[RunFiles, RunFiles], request: WhyRequest) -> Answer:
    """Train two runs again and find the cause of their difference."""
    scratch = Path(tempfile.mkdtemp(prefix="repro-appliance-why-")).resolve()
    try:
        settings = read_settings(runs)
        pair = ReplayedPair(a=None, b=None, traces=None, notes=("no run is trained again, as asked",))
        if request.replay:
            pair = replay_pair(*runs, scratch, tell=request.tell, data_dir=request.data_dir)
        own = {name: value for name, value in request.environment.items() if not is_world_variable(name)}
        case = make_run_case(runs, pair, scratch, own, request.data_dir)
        traces = choose_traces(comparison.traces, pair)
        found = comparison if traces is None else attrs.evolve(comparison, traces=traces)
        finding = explain_runs(case, settings, pair)
        trained = 0 if case is None else case.sides.programs[0].runs + case.sides.programs[1].runs
        return Answer(comparison=found, finding=attrs.evolve(finding, runs=trained + (4 if request.replay else 0)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def make_case(a: Trace, b: Trace, scratch: Path, environment: Mapping[str, str], *, allowed: bool) -> Case:
    """Return what is known of two traces of programs."""
    own = {name: value for name, value in environment.items() if not is_world_variable(name)}
    programs = [
        TracedProgram(trace=trace, scratch=scratch / f"side-{side}", environment=own, allowed=allowed)
        for side, trace in enumerate((a, b))
    ]
    setups = [_read_setup(trace) for trace in (a, b)]
    beginning = read_beginning(a, b)
    return Case(
        traces=(a, b),
        sides=Sides(programs=(programs[0], programs[1]), setups=(setups[0], setups[1]), first=beginning.first),
        beginning=beginning,
        scratch=scratch,
        environment=own,
    )


def _read_setup(trace: Trace) -> Setup:
    states, command = divide_command(trace.header.command)
    return {**read_setup(trace.header.environment, trace.header.world, command[0]), **states}
