"""The goldens that exist, held against the configurations that should have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.checks import explain_doubt
from verify.errors import CouldNotJudgeError
from verify.goldens import find_orphans, list_goldens, locate_golden, read_golden
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def _check_one(name: str, config_digest: str | None, directory: Path | None) -> Result:
    """Read one golden; compare the settings in it with those of its configuration, if that exists."""
    try:
        golden = read_golden(locate_golden(name, directory))
    except CouldNotJudgeError as error:
        return explain_doubt(error, number=1, prefix="G")
    same = config_digest in (None, golden["config_digest"])
    return Result(
        id="G002",
        title="the golden is sound" if same else "the golden was made with other settings",
        status="pass" if same else "fail",
        expected=golden["config_digest"],
        found=golden["config_digest"] if same else config_digest,
        where=name,
        remedy=None if same else f"restore configs/{name}.toml, or: repro-appliance golden record {name} --replace",
    )


def check_goldens(configs: Mapping[str, str], directory: Path | None = None) -> list[Result]:
    """Report every defect in a directory of goldens, one result per golden or missing golden.

    Args:
        configs: the digest of each configuration that should have a golden, by name.
        directory: None stands for the goldens that ship.

    Returns:
        G001 a golden that cannot be judged by, G002 a golden's settings, G003 a missing golden, G004 an
        unused golden, G005 no golden at all. Nothing passes for want of anything to check.
    """
    names = list_goldens(directory)
    orphans = find_orphans(names, configs)
    results = [_check_one(name, configs.get(name), directory) for name in names]
    for name in orphans.missing:
        remedy = f"repro-appliance golden record {name}"
        title = "a configuration has no golden"
        results.append(Result(id="G003", title=title, status="could-not-judge", where=name, remedy=remedy))
    for name in orphans.unused:
        remedy = f"delete the golden {name}.json, or restore configs/{name}.toml"
        results.append(
            Result(id="G004", title="a golden has no configuration", status="fail", where=name, remedy=remedy)
        )
    if not names:
        remedy = "repro-appliance golden record NAME"
        results.append(Result(id="G005", title="there is no golden at all", status="could-not-judge", remedy=remedy))
    return results
