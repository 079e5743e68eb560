"""Faults that `make exports-check` plants: each changes an export, and nothing else is in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery.exports.faults import CRATES, STATEMENTS, plant_faults
from support.exported_runs import export_to, write_runs

if TYPE_CHECKING:
    from pathlib import Path


def test_every_fault_changes_its_export(tmp_path: Path) -> None:
    """There is a copy for each fault; its metadata, or its statements, are not the sound ones."""
    run = write_runs(tmp_path / "runs")["identical"]
    crate, statements = tmp_path / "crate", tmp_path / "a.jsonl"
    export_to("ro-crate", crate, run)
    export_to("in-toto", statements, run)
    planted = plant_faults(crate, statements, tmp_path)
    assert sorted(planted.values()) == sorted([*CRATES, *STATEMENTS])
    sound = [(crate / "ro-crate-metadata.json").read_text("utf-8"), statements.read_text("utf-8")]
    texts = [(path / "ro-crate-metadata.json" if path.is_dir() else path).read_text("utf-8") for path in planted]
    assert len({*sound, *texts}) == len(sound) + len(texts)
