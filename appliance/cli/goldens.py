"""The verbs of `golden`: record, list, check; JSON goes to stdout, everything else to stderr."""

# ruff: noqa: PLC0415 - what loads NumPy is imported after the environment has been set

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from appliance.errors import ConfigurationError
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config
    from verify.files.golden import Golden
    from verify.results import Result

CHECK_SCHEMA = "repro-appliance/golden-check/1"
LIST_SCHEMA = "repro-appliance/golden-list/1"
RECORD_SCHEMA = "repro-appliance/golden-record/1"


def record(
    name: str,
    *,
    replace: bool = False,
    native: bool = False,
    data_dir: Path | None = None,
    threads: int = 1,
    golden_dir: Path | None = None,
    as_json: bool = False,
) -> int:
    """Train a configuration in portable arithmetic, make the result its golden, say what changed; return 0.

    Args:
        name: a named configuration, or the path of one.
        replace: overwrite the golden there is.
        native: also expect the result of native arithmetic on this class of machine.
        data_dir: where data files are; None for the usual places.
        threads: BLAS threads.
        golden_dir: where to write; None for the goldens that ship.
        as_json: one JSON object on standard output instead of text.

    Raises:
        UsageError: CI is set, or the golden exists and `replace` is False; nothing is trained then.
    """
    from appliance.config import load_config
    from verify.files.goldens import check_may_write, locate_golden, write_golden

    config = load_config(name)
    path = locate_golden(config.name, golden_dir)
    check_may_write(path, replace=replace)
    golden = _make_golden(config, native=native, data_dir=data_dir, threads=threads)
    changes = list_changes(path, golden)
    write_golden(path, golden, replace=replace)
    body = {"schema": RECORD_SCHEMA, "config": config.name, "digest": golden.digest, "changes": changes}
    if as_json:
        print(json.dumps(body, sort_keys=True, indent=2))
    else:
        print("\n".join([f"recorded {config.name}: {golden.digests.run}", *changes]), file=sys.stderr)
    return 0


def _make_golden(config: Config, *, native: bool, data_dir: Path | None, threads: int) -> Golden:
    from appliance.training.execute import run_training
    from verify.files.golden import build_golden, build_native

    portable = run_training(config, data_dir=data_dir, threads=threads)
    section = None
    if native:
        plain = run_training(config, profile="native", data_dir=data_dir, threads=threads)
        section = build_native(plain.to_file(), plain.fingerprint.class_digest)
    return build_golden(portable.to_file(), portable.fingerprint.summarize(), native=section)


def list_changes(path: Path, golden: Golden) -> list[str]:
    """Return what a new golden changes about the one at `path`, with a warning where only the bits changed."""
    from verify.files.goldens import read_golden
    from verify.judging.inventory import describe_changes

    if not path.exists():
        return ["  a new golden"]
    try:
        old = read_golden(path)
    except CouldNotJudgeError as error:
        return [f"  the golden before could not be read: {error.title}"]
    changes = [f"  {line}" for line in describe_changes(old, golden)] or ["  nothing changed"]
    if old.settings == golden.settings and old.digests != golden.digests:
        changes.append("  the same settings gave other bits: raise the bits version, list it under Changed results")
    return changes


def list_(*, as_json: bool = False, golden_dir: Path | None = None) -> int:
    """Print every golden with its run digest, or with what is wrong with it; return 0."""
    from verify.files.goldens import list_goldens, locate_golden, read_golden

    rows: list[dict[str, Any]] = []
    for name in list_goldens(golden_dir):
        try:
            golden = read_golden(locate_golden(name, golden_dir))
        except CouldNotJudgeError as error:
            rows.append({"config": name, "problem": error.title})
            continue
        row = {key: getattr(golden, key) for key in ("config", "bits", "precision", "seed")}
        rows.append({**row, "run": golden.digests.run, "made_with": golden.made_with.describe()})
    if as_json:
        print(json.dumps({"schema": LIST_SCHEMA, "goldens": rows}, sort_keys=True, indent=2))
    else:
        texts = [f"{row['config']:<14} {row.get('run') or row['problem']}  {row.get('made_with', '')}" for row in rows]
        print("\n".join(texts) or "there is no golden", file=sys.stderr)
    return 0


def check(*, as_json: bool = False, golden_dir: Path | None = None) -> int:
    """Print every defect among the goldens, without training; return 0 only if there are goldens, all sound."""
    from verify.judging.inventory import check_goldens
    from verify.results import EXIT_CODES, judge

    digests, broken = _read_configs()
    results = [*check_goldens(digests, golden_dir), *broken]
    verdict = judge(results)
    if as_json:
        body = {"schema": CHECK_SCHEMA, "verdict": verdict, "checks": [result.to_json() for result in results]}
        print(json.dumps(body, sort_keys=True, indent=2))
    else:
        print(format_check(results), file=sys.stderr)
    return EXIT_CODES[verdict]


def _read_configs() -> tuple[dict[str, str], list[Result]]:
    """Return the digest of every configuration by name, with a result for each that cannot be read."""
    from appliance.config import list_configs, load_config
    from verify.judging.checks import explain_doubt

    digests: dict[str, str] = {}
    broken: list[Result] = []
    for name in list_configs():
        try:
            digests[name] = load_config(name).digest()
        except ConfigurationError as error:
            broken.append(explain_doubt(error, "G006"))
    return digests, broken


def format_check(results: list[Result]) -> str:
    """Return what is wrong with the goldens as text, the verdict last."""
    from verify.rendering.text import render_result, wants_color
    from verify.results import judge

    color = wants_color(sys.stderr, os.environ)
    defects = [render_result(result, color=color) for result in results if result.status != "pass"]
    sound = len(results) - len(defects)
    return "\n".join([*defects, f"{judge(results)}: {sound} sound, {len(defects)} defects"])
