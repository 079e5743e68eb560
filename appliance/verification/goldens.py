"""Checks goldens without training, or lists them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config import list_configs, load_config
from appliance.config.schema import SCHEMA
from appliance.errors import ConfigurationError
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.goldens import list_goldens, locate_golden, read_golden
from verify.files.toml import read_toml
from verify.judging.checks import explain_doubt
from verify.judging.inventory import check_goldens
from verify.rendering.text import render_result
from verify.results import judge

if TYPE_CHECKING:
    from pathlib import Path

    from verify.digests import JsonObject
    from verify.results import Result, Verdict

LIST_SCHEMA = "repro-appliance/golden-list/1"
CHECK_SCHEMA = "repro-appliance/golden-check/1"


@attrs.frozen(kw_only=True)
class GoldenList:
    """Every golden with its run digest, or with what is wrong with it."""

    rows: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"schema": LIST_SCHEMA, "goldens": list(self.rows)}

    def to_text(self) -> str:
        """Return one line for each golden."""
        width = max((len(row["config"]) for row in self.rows), default=0)
        rows = [
            f"{row['config']:<{width}}  {row.get('run') or row['problem']}  {row.get('made_with', '')}"
            for row in self.rows
        ]
        return "\n".join(rows) or "there is no golden"


def read_goldens(golden_dir: Path | None = None) -> GoldenList:
    """Return every golden in a directory; None for the ones that ship."""
    rows: list[dict[str, Any]] = []
    for name in list_goldens(golden_dir):
        try:
            golden = read_golden(locate_golden(name, golden_dir))
        except CouldNotJudgeError as error:
            rows.append({"config": name, "problem": error.title})
            continue
        row = {key: getattr(golden, key) for key in ("config", "bits", "precision", "seed")}
        rows.append({**row, "run": golden.digests.run, "made_with": golden.made_with.describe()})
    return GoldenList(rows=tuple(rows))


@attrs.frozen(kw_only=True)
class GoldenCheck:
    """Every defect that was found among the goldens."""

    results: tuple[Result, ...]

    @property
    def verdict(self) -> Verdict:
        """Identical only if there are goldens and all are sound."""
        return judge(self.results)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        checks = [result.to_json() for result in self.results]
        return {"schema": CHECK_SCHEMA, "verdict": self.verdict, "checks": checks}

    def to_text(self, *, color: bool = False) -> str:
        """Return every defect as text, the verdict last."""
        defects = [render_result(result, color=color) for result in self.results if result.status != "pass"]
        sound = len(self.results) - len(defects)
        return "\n".join(
            [*defects, f"{self.verdict}: {sound} sound, {len(defects)} defect{'' if len(defects) == 1 else 's'}"]
        )


def check_all_goldens(golden_dir: Path | None = None) -> GoldenCheck:
    """Look for missing, unused, damaged and outdated goldens, without training.

    Args:
        golden_dir: a directory of goldens; the configurations are those in the directory that holds it. None for the
            goldens and the configurations that ship.
    """
    digests: dict[str, str] = {}
    commands: dict[str, str] = {}
    settings: dict[str, JsonObject] = {}
    broken: list[Result] = []
    for source in list_configs() if golden_dir is None else _list_sources(golden_dir):
        try:
            config = load_config(source)
        except ConfigurationError as error:
            broken.append(explain_doubt(error, "G006"))
            continue
        digests[config.name], settings[config.name] = config.digest(), config.settings()
        words = [] if golden_dir is None else ["--goldens", str(golden_dir)]
        commands[config.name] = shlex.join(["repro-appliance", "golden", "record", source, *words])
    return GoldenCheck(results=(*check_goldens(digests, golden_dir, commands, settings), *broken))


def _list_sources(golden_dir: Path) -> list[str]:
    """Return the configurations to which the goldens in a directory belong: names that ship, then paths beside it.

    A TOML file of another schema, such as pyproject.toml, is no configuration.
    """
    folder = golden_dir.parent if golden_dir.name not in ("", "..") else golden_dir.resolve().parent
    paths = [path for path in sorted(folder.glob("*.toml")) if _may_be_configuration(path)]
    named = [name for name in list_goldens(golden_dir) if name in list_configs()]
    return [*named, *map(str, paths)]


def _may_be_configuration(path: Path) -> bool:
    try:
        schema = read_toml(path, what="a configuration").get("schema")
    except UsageError:
        return True  # so that the file is reported
    return isinstance(schema, str) and schema.startswith(SCHEMA.rpartition("/")[0])
