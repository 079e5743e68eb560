"""The commands of `prove`: resume, workers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.judging import (
    MembersOption,
    MpiexecOption,
    ProvedOption,
    ProveOptions,
    StopsOption,
    WorkersOption,
)
from appliance.cli.options.several_groups import SelfTestOption, SetOption
from appliance.cli.printing import show
from appliance.cli.progress import show_line

if TYPE_CHECKING:
    from appliance.proving import children, execute, planted, request, spreading
    from appliance.vary import requests
else:
    children, execute = Later("appliance.proving.children"), Later("appliance.proving.execute")
    request, planted = Later("appliance.proving.request"), Later("appliance.proving.planted")
    spreading, requests = Later("appliance.proving.spreading"), Later("appliance.vary.requests")

_LIMIT = 600.0  # seconds of one process
_JOBS = 2  # processes at a time


@command(launch=False)
def resume(
    config: ProvedOption = "smoke",
    *,
    settings: SetOption = None,
    stops: StopsOption = "all",
    how: ProveOptions,
    members: MembersOption = Path("delivery/fleet/fleet.toml"),
    mpiexec: MpiexecOption = None,
    self_test: SelfTestOption = False,
) -> int:
    """Stop a training at every point, resume it in a fresh process each time, and name state that a checkpoint lacks.

    A configuration with a section [experiment] is a program: its code is run.
    """
    bench = _make_bench(how)
    if self_test:
        found = planted.run_self_test(bench, show_line)
        show(found.to_json(), found.to_text, as_json=how.as_json)
        return found.exit_code
    subject = request.make_subject(config, tuple(settings or ()), how.threads, how.data_dir)
    resuming = execute.Resuming(stops=execute.parse_count(stops), members=members, mpiexec=mpiexec, tell=show_line)
    answer = execute.prove_resume(subject, resuming, bench)
    show(answer.to_json(), answer.to_text, as_json=how.as_json)
    return answer.exit_code


@command(launch=False)
def workers(
    config: ProvedOption = "smoke",
    *,
    settings: SetOption = None,
    counts: WorkersOption = "1,2,3,5",
    how: ProveOptions,
    mpiexec: MpiexecOption = None,
) -> int:
    """Train on several numbers of workers, and compare each with one process: digests and files of the run.

    A configuration with a section [experiment] is a program: its code is run.
    """
    subject = request.make_subject(config, tuple(settings or ()), how.threads, how.data_dir)
    working = spreading.Working(counts=spreading.parse_counts(counts), mpiexec=mpiexec, tell=show_line)
    answer = spreading.prove_workers(subject, working, _make_bench(how))
    show(answer.to_json(), answer.to_text, as_json=how.as_json)
    return answer.exit_code


def _make_bench(how: ProveOptions) -> children.Bench:
    limit = requests.read_time(how.limit, "--time-limit") or _LIMIT
    return children.Bench(environment=dict(os.environ), jobs=how.jobs or _JOBS, seconds=limit)
