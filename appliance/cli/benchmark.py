"""The command `benchmark`: repeats, seeds and sweeps of configurations, or the cost suite."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.names import choose_configs
from appliance.cli.options.results import RepeatOptions, SuiteOptions
from appliance.cli.options.several_groups import ConfigsOption, NameArgument, RunOptions, SetOption
from appliance.cli.printing import print_error, show
from appliance.cli.progress import show_case, show_line
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance import config as configs
    from appliance.benchmark import execute, pools, spreading, sweep, sweep_text, text
    from appliance.benchmark.cost import request as cost
    from appliance.benchmark.cost import table
    from appliance.launch import started
    from appliance.peers import comparison, kept_bits
    from appliance.peers import text as peers
    from appliance.vary import requests
else:
    kept_bits, requests = Later("appliance.peers.kept_bits"), Later("appliance.vary.requests")
    comparison, peers = Later("appliance.peers.comparison"), Later("appliance.peers.text")
    configs = Later("appliance.config")
    execute, text = Later("appliance.benchmark.execute"), Later("appliance.benchmark.text")
    sweep, sweep_text = Later("appliance.benchmark.sweep"), Later("appliance.benchmark.sweep_text")
    pools, started = Later("appliance.benchmark.pools"), Later("appliance.launch.started")
    cost, table = Later("appliance.benchmark.cost.request"), Later("appliance.benchmark.cost.table")

_SEEDS = 3  # of a comparison with PyTorch
_INSTEAD = ", or --suite cost"


@command(launch=True, workers="apart")
def benchmark(
    name: NameArgument = None,
    *,
    config: ConfigsOption = None,
    settings: SetOption = None,
    repeat: RepeatOptions,
    suite: SuiteOptions,
    run: RunOptions,
) -> int:
    """Repeat a configuration: equal seeds must agree bit for bit, different seeds give statistics.

    Or sweep over settings, or run a suite.
    """
    with pools.open_pool(repeat.jobs, started.find_started(), fresh=repeat.fresh) as pool:
        if pool is None:
            return 0
        names = [] if suite.suite and not (name or config) else choose_configs(name, config or (), instead=_INSTEAD)
        if suite.suite is not None:
            return _run_suite(names, suite, run, pool)
        if repeat.against == "torch":
            return _compare_with_torch(names, repeat, tuple(settings or ()), run, pool)
        return _spread(names, repeat, tuple(settings or ()), run, pool)


def _spread(
    names: list[str], repeat: RepeatOptions, overrides: tuple[str, ...], run: RunOptions, pool: spreading.Pool
) -> int:
    """Run a benchmark or a sweep."""
    several = bool(repeat.sweep) or len(names) > 1
    request = _make_request(names[0], repeat, overrides, run, several=several)
    found: sweep.Sweep | execute.Benchmark
    if several:
        found = sweep.run_sweep(request, names, repeat.sweep or (), pool)
    else:
        found = execute.run_benchmark(request, pool)
    answer = found.to_json()
    show(answer, lambda: (sweep_text.format_sweep if several else text.format_answer)(answer), as_json=run.as_json)
    if found.bug is None:
        return 0
    print_error(found.bug)
    return found.bug.exit_code


def _require_one_process(pool: spreading.Pool, option: str) -> None:
    if not pool.timed:
        raise UsageError(f"{option} is made by one process", expected="no --jobs, no mpiexec", found=option)


def _make_request(
    config: str, repeat: RepeatOptions, overrides: tuple[str, ...], run: RunOptions, *, several: bool
) -> execute.Request:
    for name in ("axes", "budget"):
        if value := getattr(repeat, name):
            raise UsageError(f"--{name} needs --against torch", expected="--against torch", found=f"--{name} {value}")
    repeats, seeds = (0, sweep.SEEDS) if several else (3, 0)
    return execute.Request(
        config=config,
        overrides=overrides,
        repeats=repeats if repeat.repeats is None else repeat.repeats,
        seeds=seeds if repeat.seeds is None else repeat.seeds,
        against=repeat.against,
        profile=run.profile,
        threads=run.threads,
        data_dir=run.data_dir,
        fresh=repeat.fresh,
    )


def _compare_with_torch(
    names: list[str], repeat: RepeatOptions, overrides: tuple[str, ...], run: RunOptions, pool: spreading.Pool
) -> int:
    _require_one_process(pool, "--against torch")
    for option, value in (("--sweep", repeat.sweep), ("a second --config", names[1:])):
        if value:
            raise UsageError(f"{option} does not go with --against torch", found=option)
    config = names[0]
    found = comparison.compare_with_torch(
        configs.load_config(config, overrides=overrides),
        seeds=repeat.seeds or _SEEDS,
        profile=run.profile,
        threads=run.threads,
        data_dir=run.data_dir,
        progress=show_line,
    )
    bits = None
    if repeat.axes:
        axes = [axis.strip() for axis in repeat.axes.split(",") if axis.strip()]
        environment = requests.clean_environment(os.environ)
        budget = requests.read_time(repeat.budget, "--budget")
        bits = kept_bits.try_axes(config, run.profile, axes, environment, budget=budget, progress=show_line)
    body = found.to_json() | ({} if bits is None else {"vary": bits.to_json()})
    show(body, lambda: peers.format_comparison(found, bits), as_json=run.as_json)
    return 0


def _run_suite(names: list[str], suite: SuiteOptions, run: RunOptions, pool: spreading.Pool) -> int:
    _require_one_process(pool, "--suite")
    if len(names) > 1:
        raise UsageError("a suite takes one configuration", expected="one", found=", ".join(names))
    options = attrs.asdict(suite) | {"sources": tuple(suite.sources or ())}
    config = names[0] if names else None
    request = cost.Request(config=config, threads=run.threads, data_dir=run.data_dir, **options)
    answers = cost.run_suite(request, show_case)
    body = cost.join_answers(answers)
    show(body, lambda: "\n".join(map(table.format_table, answers)).rstrip("\n"), as_json=run.as_json)
    return 0
