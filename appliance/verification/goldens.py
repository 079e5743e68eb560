"""Records, lists and checks goldens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.config import list_configs, load_config
from appliance.errors import ConfigurationError
from appliance.training.execute import certify_wholly, run_training
from verify.errors import CouldNotJudgeError
from verify.files.golden import build_golden, build_native
from verify.files.goldens import check_may_write, list_goldens, locate_golden, read_golden, write_golden
from verify.judging.checks import explain_doubt
from verify.judging.inventory import check_goldens, describe_changes
from verify.rendering.text import render_result
from verify.results import judge

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config
    from appliance.verification.retraining import Train
    from verify.files.golden import Golden
    from verify.results import Result, Verdict

RECORD_SCHEMA = "repro-appliance/golden-record/1"
LIST_SCHEMA = "repro-appliance/golden-list/1"
CHECK_SCHEMA = "repro-appliance/golden-check/1"


@attrs.frozen(kw_only=True)
class Recording:
    """How a golden is made.

    Args:
        native: also expect the result of native arithmetic on this class of machine.
        replace: overwrite the golden that exists.
        data_dir: where data files are; None for the usual places.
        threads: BLAS threads.
        golden_dir: where to write; None for the goldens that ship.
        train: what trains; None for `run_training`.
    """

    native: bool = False
    replace: bool = False
    data_dir: Path | None = None
    threads: int = 1
    golden_dir: Path | None = None
    train: Train | None = None


@attrs.frozen(kw_only=True)
class Recorded:
    """A golden that was written, and what is new in it."""

    config: str
    golden: Golden
    changes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        digest, changes = self.golden.digest, list(self.changes)
        return {"schema": RECORD_SCHEMA, "config": self.config, "digest": digest, "changes": changes}

    def to_text(self) -> str:
        """Return the run digest and the changes as text."""
        return "\n".join([f"recorded {self.config}: {self.golden.digests.run}", *self.changes])


def record_golden(name: str, recording: Recording) -> Recorded:
    """Train a configuration in portable arithmetic and make the result its golden.

    Args:
        name: a named configuration, or the path of one.
        recording: how the golden is made.

    Raises:
        UsageError: CI is set, or the golden exists and is not to be replaced; nothing is trained then.
    """
    config = load_config(name)
    path = locate_golden(config.name, recording.golden_dir)
    check_may_write(path, replace=recording.replace)
    golden = _make_golden(config, recording)
    changes = list_changes(path, golden)
    write_golden(path, golden, replace=recording.replace)
    return Recorded(config=config.name, golden=golden, changes=tuple(changes))


def _make_golden(config: Config, recording: Recording) -> Golden:
    train = recording.train or run_training
    portable = train(
        config,
        profile="portable",
        data_dir=recording.data_dir,
        threads=recording.threads,
        check="all",
        certify=certify_wholly,
    )
    section = None
    if recording.native:
        native = train(config, profile="native", data_dir=recording.data_dir, threads=recording.threads)
        section = build_native(native.to_file(), native.fingerprint.class_digest)
    return build_golden(portable.to_file(), portable.fingerprint.summarize(), native=section)


def list_changes(path: Path, golden: Golden) -> list[str]:
    """Return what differs between the golden at `path` and a new one, with a warning if only the bits changed."""
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


@attrs.frozen(kw_only=True)
class GoldenList:
    """Every golden with its run digest, or with what is wrong with it."""

    rows: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"schema": LIST_SCHEMA, "goldens": list(self.rows)}

    def to_text(self) -> str:
        """Return one line for each golden."""
        rows = [
            f"{row['config']:<14} {row.get('run') or row['problem']}  {row.get('made_with', '')}" for row in self.rows
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
        return "\n".join([*defects, f"{self.verdict}: {sound} sound, {len(defects)} defects"])


def check_all_goldens(golden_dir: Path | None = None) -> GoldenCheck:
    """Look for missing, unused, damaged and outdated goldens, without training."""
    digests: dict[str, str] = {}
    broken: list[Result] = []
    for name in list_configs():
        try:
            digests[name] = load_config(name).digest()
        except ConfigurationError as error:
            broken.append(explain_doubt(error, "G006"))
    return GoldenCheck(results=(*check_goldens(digests, golden_dir), *broken))
