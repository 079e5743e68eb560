"""Small run directories to export: one equal to its golden, one that has none, one with other results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config import load_config
from appliance.exports.export import export_runs
from appliance.exports.request import Request
from appliance.runs.directory import write_run
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.exports.exported import Exported


def write_runs(folder: Path) -> dict[str, Path]:
    """Write run directories and return each by what `verify` says of it."""
    smoke = load_config("smoke")
    configs = {"identical": smoke, "could-not-judge": attrs.evolve(smoke, seed=7)}
    for name, config in configs.items():
        write_run(run_training(config), folder / name)
    return {name: folder / name for name in configs}


def export_to(form: str, out: Path, *runs: Path, **options: Any) -> Exported:  # noqa: ANN401 - as in `Request`
    """Export runs."""
    return export_runs(form, Request(runs=runs, out=out, **options))


def read_entities(metadata: Path) -> dict[str, dict[str, Any]]:
    """Return the entities of a crate by their identifiers."""
    graph = json.loads(metadata.read_text("utf-8"))["@graph"]
    assert len({entity["@id"] for entity in graph}) == len(graph)
    return {entity["@id"]: entity for entity in graph}
