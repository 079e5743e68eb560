"""The cost suite: every part measured in one run on a stated number of threads."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.cost.contest import run_contest
from appliance.benchmark.cost.growth import list_growth_cases, measure_accuracy, measure_growth
from appliance.benchmark.cost.ops import list_op_contests
from appliance.benchmark.cost.peers import list_installed, load_peers
from appliance.benchmark.cost.processes import list_memory_cases, measure_memory, measure_start_up
from appliance.benchmark.cost.steps import list_step_cases, load_step_data, open_contest
from appliance.benchmark.cost.targets import judge_targets
from appliance.benchmark.timing import Effort
from verify.bits import BITS_VERSION
from verify.files.cost_answers import COST_ANSWER
from verify.host.environment import read_context
from verify.host.fingerprint import read_compared
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from verify.host.threads import ThreadReport

    Progress = Callable[[str], None]

PARTS = ("ops", "steps", "memory", "start-up", "growth", "accuracy")
QUICK_PARTS = PARTS[:-1]
# Pools of several threads wait busily after a call; this is longer than OpenBLAS (2**26 clock ticks) or OpenMP wait.
_REST = 0.04
_COMPARED = ("python.version", "numpy.version", "machine", "libc", "blas.name", "blas.version", "blas.kernel")
_CONTEXT = ("cpu.model", "cpu.logical_cores", "cpu.physical_cores", "cpu.affinity", "memory.bytes", "os.name")


@attrs.frozen(kw_only=True)
class Plan:
    """What is measured: the parts, on how many threads, and how thoroughly."""

    threads: int
    quick: bool
    parts: tuple[str, ...]
    data_dir: Path | None = None

    def choose_effort(self) -> Effort:
        """Return the effort of one contest."""
        rest = _REST if self.threads > 1 else 0.0
        if self.quick:
            return Effort(turn=0.008, rounds=9, least=6, budget=0.7, rest=rest)
        return Effort(turn=0.03, rounds=21, least=9, budget=8.0, rest=rest)


def measure_cost(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure the parts of a plan; return the JSON form of the suite, targets included.

    Args:
        plan: what to measure.
        progress: called with the name of each case before it begins.

    Raises:
        CouldNotJudgeError: threads could not be limited, a peer or a process failed.
    """
    before = _read_load()
    versions = load_peers()
    with limit_threads(plan.threads) as report:
        answer: dict[str, Any] = {
            "schema": COST_ANSWER.schema,
            "bits": BITS_VERSION,
            "measured": time.strftime("%Y-%m-%d", time.gmtime()),
            "quick": plan.quick,
            "parts": list(plan.parts),
            "threads": plan.threads,
            "environment": describe_environment(report, versions) | {"load_before": before},
            "rows": _measure_rows(plan, list_installed(versions), progress),
        }
    answer |= _measure_whole(plan, progress)
    answer["environment"]["load_after"] = _read_load()
    answer["targets"] = [attrs.asdict(found) for found in judge_targets(answer)]
    return answer


def _measure_rows(plan: Plan, peers: Sequence[str], progress: Progress) -> list[dict[str, Any]]:
    effort, rows = plan.choose_effort(), []
    if "ops" in plan.parts:
        for contest in list_op_contests(quick=plan.quick):
            progress(contest.case)
            rows += run_contest(contest, effort)
    if "steps" in plan.parts:
        datasets = load_step_data()
        for case in list_step_cases(quick=plan.quick):
            progress(case.name)
            with open_contest(case, datasets, plan.threads, peers) as contest:
                rows += run_contest(contest, effort)
    return rows


def _measure_whole(plan: Plan, progress: Progress) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"memory": [], "start_up": [], "growth": [], "accuracy": []}
    if "memory" in plan.parts:
        progress("memory")
        found["memory"] = [measure_memory(config) for config in list_memory_cases(quick=plan.quick)]
    if "start-up" in plan.parts:
        progress("start-up of each command")
        rounds = 2 if plan.quick else 7
        found["start_up"] = measure_start_up(Effort(turn=0.0, rounds=rounds, least=rounds, budget=0.0))
    if "growth" in plan.parts:
        for case in list_growth_cases(plan.threads, quick=plan.quick):
            progress(f"growth with {case.axis}: {case.value}")
            found["growth"] += measure_growth(case, 2 if plan.quick else 7)
    if "accuracy" in plan.parts:
        progress("accuracy on the real data")
        found["accuracy"] = list(measure_accuracy(plan.threads, plan.data_dir))
    return found


def describe_environment(report: ThreadReport, versions: dict[str, str | None]) -> dict[str, Any]:
    """Return machine, software and threads as read back, and the version of each peer, None where it is missing."""
    compared, context = read_compared(), read_context()
    return {
        **{name: compared.get(name) for name in _COMPARED},
        **{name: context.get(name) for name in _CONTEXT},
        "peers": versions,
        "threads": attrs.asdict(report),
    }


def _read_load() -> list[float] | None:
    """Return how many processes wanted to run, over 1, 5 and 15 minutes; None where the system does not tell."""
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None
