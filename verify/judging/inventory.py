"""Compares the goldens that exist with the configurations that should have one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from verify.errors import CouldNotJudgeError
from verify.files.golden import GOLDEN
from verify.files.goldens import list_goldens, locate_golden, read_golden
from verify.judging.checks import explain_doubt
from verify.judging.code import check_code
from verify.judging.differences import list_differences
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from verify.digests import JsonObject
    from verify.files.golden import Golden
    from verify.results import Result


class Orphans(NamedTuple):
    """Names without a partner: `missing` configurations without golden, `unused` goldens without configuration."""

    missing: list[str]
    unused: list[str]


def find_orphans(golden_names: Iterable[str], config_names: Iterable[str]) -> Orphans:
    """Return which configurations have no golden and which goldens no configuration, sorted."""
    goldens, configs = set(golden_names), set(config_names)
    return Orphans(missing=sorted(configs - goldens), unused=sorted(goldens - configs))


def describe_changes(old: Golden, new: Golden) -> list[str]:
    """Return one line per field in which two goldens differ, the old value first; the seal is left out."""
    before, after = GOLDEN.to_json(old), GOLDEN.to_json(new)
    moved = list_differences(before.pop("samples"), after.pop("samples"))
    rows = [row for row in list_differences(before, after) if row.path != "digest"]
    lines = [f"{row.path}: {row.expected} -> {row.found}" for row in rows]
    return [*lines, *([f"samples: {len(moved)} differ, first {moved[0].path}"] if moved else [])]


def _check_one(
    name: str, config_digest: str | None, directory: Path | None, command: str, settings: JsonObject | None = None
) -> Result:
    """Read one golden; compare the settings in it with those of its configuration, if that exists."""
    try:
        golden = read_golden(locate_golden(name, directory), command=command)
    except CouldNotJudgeError as error:
        return explain_doubt(error, "G001")
    code = None if settings is None else check_code(golden.settings, settings, command=command)
    if code is not None and code.status != "pass":
        return code
    same = config_digest in (None, golden.config_digest)
    return make_result(
        "G002",
        "pass" if same else "fail",
        title="the golden is sound" if same else "the golden was made with other settings",
        expected=golden.config_digest,
        found=golden.config_digest if same else config_digest,
        where=name,
        remedy=None if same else f"restore the configuration, or, if the change is meant: {command} --replace",
    )


def check_goldens(
    configs: Mapping[str, str],
    directory: Path | None = None,
    commands: Mapping[str, str] | None = None,
    settings: Mapping[str, JsonObject] | None = None,
) -> list[Result]:
    """Report every defect in a directory of goldens, one result per golden or missing golden.

    Args:
        configs: the digest of each configuration that should have a golden, by name.
        directory: None stands for the goldens that ship.
        commands: the command line that records the golden of each configuration, by name.
        settings: the settings of each configuration, by name, to compare the code of experiments.

    Returns:
        G001 a golden that cannot be judged by, G002 a golden's settings, G003 a missing golden, G004 an unused golden,
        G005 no golden at all, V016 other code of an experiment; where nothing was checked, nothing passes.
    """
    names = list_goldens(directory)
    orphans = find_orphans(names, configs)
    commands = commands or {}
    known = settings or {}
    results = [
        _check_one(name, configs.get(name), directory, _choose_command(name, commands), known.get(name))
        for name in names
    ]
    for name in orphans.missing:
        remedy = _choose_command(name, commands)
        title = "a configuration has no golden"
        results.append(make_result("G003", "could-not-judge", title=title, where=name, remedy=remedy))
    for name in orphans.unused:
        remedy = f"delete {locate_golden(name, directory)}, or restore the configuration {name}"
        results.append(make_result("G004", "fail", title="a golden has no configuration", where=name, remedy=remedy))
    if not names:
        where = str(directory) if directory else None
        place = ["--goldens", str(directory)] if directory else []
        remedy = f"to make one, for example: {shlex.join(['repro-appliance', 'golden', 'record', 'smoke', *place])}"
        results.append(
            make_result("G005", "could-not-judge", title="there is no golden at all", where=where, remedy=remedy)
        )
    return results


def _choose_command(name: str, commands: Mapping[str, str]) -> str:
    return commands.get(name, f"repro-appliance golden record {name}")
