"""The command `benchmark`: repeats of one configuration, or the cost suite."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.names import choose_config
from appliance.cli.options import ConfigOption, NameArgument, RepeatOptions, RunOptions, SetOption, SuiteOptions
from appliance.cli.printing import is_interactive, print_error, print_note, show
from appliance.cli.progress import show_case
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance import config as configs
    from appliance.benchmark import execute, text
    from appliance.benchmark.cost import request as cost
    from appliance.benchmark.cost import table
    from appliance.peers import comparison, kept_bits
    from appliance.peers import text as peers
    from appliance.vary import requests
else:
    kept_bits, requests = Later("appliance.peers.kept_bits"), Later("appliance.vary.requests")
    comparison, peers = Later("appliance.peers.comparison"), Later("appliance.peers.text")
    configs = Later("appliance.config")
    execute, text = Later("appliance.benchmark.execute"), Later("appliance.benchmark.text")
    cost, table = Later("appliance.benchmark.cost.request"), Later("appliance.benchmark.cost.table")

_SEEDS = 3  # of a comparison with PyTorch


@command(launch=True)
def benchmark(
    name: NameArgument = None,
    *,
    config: ConfigOption = None,
    settings: SetOption = None,
    repeat: RepeatOptions,
    suite: SuiteOptions,
    run: RunOptions,
) -> int:
    """Repeat a configuration: equal seeds must agree bit for bit, different seeds give statistics. Or run a suite."""
    if suite.suite is not None:
        return _run_suite(name or config, suite, run)
    chosen = choose_config(name, config, instead=", or --suite cost")
    call = _compare_with_torch if repeat.against == "torch" else _repeat
    return call(chosen, repeat, tuple(settings or ()), run)


def _repeat(config: str, repeat: RepeatOptions, overrides: tuple[str, ...], run: RunOptions) -> int:
    options = attrs.asdict(repeat) | {"config": config, "overrides": overrides}
    for name in ("axes", "budget"):
        if value := options.pop(name):
            where = f"--{name} {value}"
            raise UsageError(f"--{name} needs --against torch", expected="--against torch", found=where)
    request = execute.Request(profile=run.profile, threads=run.threads, data_dir=run.data_dir, **options)
    found = execute.run_benchmark(request)
    answer = found.to_json()
    show(answer, lambda: text.format_answer(answer), as_json=run.as_json)
    if found.bug is None:
        return 0
    print_error(found.bug)
    return found.bug.exit_code


def _compare_with_torch(config: str, repeat: RepeatOptions, overrides: tuple[str, ...], run: RunOptions) -> int:
    found = comparison.compare_with_torch(
        configs.load_config(config, overrides=overrides),
        seeds=repeat.seeds or _SEEDS,
        profile=run.profile,
        threads=run.threads,
        data_dir=run.data_dir,
        progress=_tell,
    )
    bits = None
    if repeat.axes:
        names = [axis.strip() for axis in repeat.axes.split(",") if axis.strip()]
        environment = requests.clean_environment(os.environ)
        budget = requests.read_time(repeat.budget, "--budget")
        bits = kept_bits.try_axes(config, run.profile, names, environment, budget=budget, progress=_tell)
    body = found.to_json() | ({} if bits is None else {"vary": bits.to_json()})
    show(body, lambda: peers.format_comparison(found, bits), as_json=run.as_json)
    return 0


def _tell(line: str) -> None:
    if is_interactive():
        print_note(line)


def _run_suite(config: str | None, suite: SuiteOptions, run: RunOptions) -> int:
    options = attrs.asdict(suite) | {"sources": tuple(suite.sources or ())}
    request = cost.Request(config=config, threads=run.threads, data_dir=run.data_dir, **options)
    answers = cost.run_suite(request, show_case)
    body = answers[0] if len(answers) == 1 else {"schema": cost.RUNS_SCHEMA, "runs": answers}
    show(body, lambda: "\n".join(map(table.format_table, answers)).rstrip("\n"), as_json=run.as_json)
    return 0
