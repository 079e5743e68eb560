"""The part of one run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.checklist.execute import answer_checklist
from appliance.checklist.places import hide_places, name_places
from appliance.config import parse_settings
from appliance.errors import ConfigurationError
from appliance.reports.checklists import list_items
from appliance.reports.checks import list_checks
from appliance.reports.costs import show_timing
from appliance.reports.curves import Curve, draw_curves
from appliance.reports.layers import show_first_layer
from appliance.reports.page import Code, Facts, Folded, Part, Section, Text, make_grid
from appliance.reports.predictions import show_predictions
from verify.judging.runs import judge_run
from verify.rendering.objects import describe_verification
from verify.rendering.report import report_verification

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config
    from appliance.reports.page import Block
    from appliance.reports.subjects import Beside, RunSubject
    from verify.files.run import RunFiles
    from verify.rendering.report import Report

_CURVES = (
    ("loss", "", (("train_loss", "training"), ("test_loss", "test"))),
    ("accuracy", "the share of right answers", (("test_accuracy", "test"),)),
    ("error", "the mean distance from the targets", (("test_mean_absolute_error", "test"),)),
)
_METRICS = {
    "train_loss": "training loss",
    "test_loss": "test loss",
    "test_accuracy": "test accuracy",
    "test_mean_absolute_error": "test mean absolute error",
}

_RUN = "RUN"
_SENTENCES = {
    "identical": "the run is sound, and its results are those of the golden, bit for bit",
    "close": "the run is sound, and its losses are those of the golden within a tolerance; bits were not compared",
}
_COST = (
    "Times are in none of the digests. What portable arithmetic costs against native arithmetic is measured by the "
    "cost suite, whose answer a report can show: repro-appliance benchmark --suite cost --json."
)


@attrs.frozen(kw_only=True)
class Judged:
    """The judgement of a run directory: the report that `verify RUN_DIR` shows, and the same as JSON."""

    report: Report
    body: dict[str, Any]


def judge_subject(subject: RunSubject, beside: Beside) -> Judged:
    """Return the judgement of a run directory as it is, without training; no path of this machine is in it."""
    path = subject.run.path.resolve()  # a whole path is no part of any other text
    judgement = judge_run(path, beside.goldens)
    body = describe_verification([], [judgement])
    return Judged(report=report_verification([], [judgement]), body=_hide(body, path, beside))


def read_config(run: RunFiles) -> Config | None:
    """Return the configuration of a run; None if it is not one of this version."""
    try:
        return parse_settings(dict(run.record.settings), where=run.path)
    except ConfigurationError:
        return None


def _hide(body: Any, path: Path, beside: Beside) -> Any:  # noqa: ANN401 - any JSON value
    """Return what was found about a run, without paths of this machine."""
    return hide_places(body, name_places(path, _RUN, data_dir=beside.data_dir, golden_dir=beside.goldens))


def build_run(subject: RunSubject, beside: Beside) -> Part:
    """Return the part of one run directory."""
    run, judged = subject.run, judge_subject(subject, beside)
    record, config = run.record, read_config(run)
    name = f"{record.config}, seed {record.seed}, profile {record.profile}"
    return Part(
        kind="run",
        title=f"Run of {name}",
        verdict=judged.report.verdict,
        sentence=f"{name}: {_write_verdict(judged)}.",
        sections=(
            Section(title="Results", blocks=(list_metrics(run), *draw_history(run))),
            Section(title=_name_predictions(run), blocks=show_predictions(run, config, beside.data_dir)),
            Section(title="First layer", blocks=(show_first_layer(run, config),)),
            Section(title="Verification", blocks=(_describe_certificate(run), *list_checks(judged.body["checks"]))),
            Section(title="Cost", blocks=_show_cost(run)),
            Section(title="Checklist", blocks=_answer_checklist(run, beside)),
            Section(title="Identity", blocks=(describe_identity(run), *_fold_details(run))),
        ),
    )


def _write_verdict(judged: Judged) -> str:
    """Return the verdict over one run in words: for an open or failed check, its title."""
    if judged.report.verdict in _SENTENCES:
        return _SENTENCES[judged.report.verdict]
    status = "fail" if judged.report.verdict == "different" else "could-not-judge"
    rows = [row for row in judged.body["checks"] if row["status"] == status]
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    return f"{rows[0]['id']} {rows[0]['title']}{more}" if rows else judged.report.summary


def _name_predictions(run: RunFiles) -> str:
    inputs = run.record.inputs
    return "Predictions and targets" if inputs is not None and inputs.targets else "Confusion matrix"


def list_metrics(run: RunFiles) -> Facts:
    """Return the final metrics of a run."""
    metrics = sorted(run.record.metrics.items())
    return Facts(rows=[(_METRICS.get(name, name), _write_metric(name, value)) for name, value in metrics])


def _write_metric(name: str, value: float) -> str:
    shown = f"{100 * value:.2f} %" if name.endswith("accuracy") else f"{value:.6g}"
    return f"{shown} (exactly {float(value).hex()})"


def draw_history(run: RunFiles) -> tuple[Block, ...]:
    """Return the curves of a run over its epochs."""
    figures = []
    for title, unit, rows in _CURVES:
        curves = [
            Curve(name=name, values=tuple(getattr(row, field) for row in run.record.epochs)) for field, name in rows
        ]
        figures.append(draw_curves(title, unit, curves))
    return tuple(figure for figure in figures if figure is not None)


def _answer_checklist(run: RunFiles, beside: Beside) -> tuple[Block, ...]:
    path = run.path.resolve()
    data_dir = None if beside.data_dir is None else beside.data_dir.expanduser().resolve()
    found = answer_checklist(path, data_dir=data_dir, golden_dir=beside.goldens, evidence=beside.evidence)
    return list_items(_hide(found.to_json(), path, beside))


def _describe_certificate(run: RunFiles) -> Facts:
    certificate = run.machine.certificate
    tier = "none in the run" if certificate is None else certificate.tier
    rows = [("guarantee that was probed of the host before the training", tier)]
    rows += [] if certificate is None else [("digest of the outcomes", certificate.id)]
    return Facts(rows=rows)


def _show_cost(run: RunFiles) -> tuple[Block, ...]:
    timing = show_timing(run.machine.timing)
    return (*timing, Text(text=_COST))


def describe_identity(run: RunFiles) -> Facts:
    """Return what a run is, and its digests."""
    record, machine = run.record, run.fingerprint.summarize()
    rows = [
        ("configuration", record.config),
        ("seed", record.seed),
        ("profile", f"{record.profile} arithmetic"),
        ("precision", record.precision),
        ("version of the arithmetic", f"bits {record.bits}"),
        ("made on", machine.describe()),
        ("with Python", machine.python),
        ("program", run.machine.program or record.program or "not stated"),
        ("digest of the settings", record.config_digest),
        *((f"digest of {name.replace('_', ' ')}", digest) for name, digest in attrs.asdict(record.digests).items()),
    ]
    return Facts(rows=rows)


def _fold_details(run: RunFiles) -> tuple[Folded, ...]:
    compared = sorted(run.fingerprint.compared.items())
    grid = make_grid("Fields that can change native results", ("field", "value"), compared)
    settings = run.config.decode("utf-8", errors="replace").splitlines()
    return (
        Folded(title="Settings", blocks=(Code(title="config.toml", lines=settings),)),
        Folded(title="Environment", blocks=(grid,)),
    )
