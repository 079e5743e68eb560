"""A comparison with PyTorch as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.rendering.tables import Table, render_text

if TYPE_CHECKING:
    from appliance.benchmark.statistics import MeanSummary, MedianSummary
    from appliance.peers.comparison import Comparison
    from appliance.peers.kept_bits import KeptBits

_LARGE = 1000


def format_comparison(found: Comparison, bits: KeptBits | None = None) -> str:
    """Return tables of metrics, speed, losses of the first seed, and axes that change bits; at most 80 columns wide."""
    version, count = found.pairs[0].torch.version, len(found.pairs)
    lines = [
        f"{found.config.name}: profile {found.profile} and PyTorch {version}",
        f"  the same initial weights and batches, {found.threads} thread(s), {count} seed(s)",
        "",
        _format_metrics(found),
        "",
        _format_speeds(found),
        "",
        _format_curves(found),
    ]
    if bits is not None:
        lines += ["", _format_axes(bits)]
    return "\n".join(lines)


def _format_axes(bits: KeptBits) -> str:
    head = ("axis of vary", *("PyTorch" if profile == "torch" else profile for profile in bits.answers))
    return render_text(Table(columns=head, rows=bits.list_rows()), indent=2)


def _format_metrics(found: Comparison) -> str:
    rows = [
        (row.name, _show(row.ours), _show(row.torch), _show_interval(row.difference)) for row in found.list_metrics()
    ]
    return render_text(Table(columns=("mean", found.profile, "PyTorch", "difference, 95 %"), rows=rows), indent=2)


def _format_speeds(found: Comparison) -> str:
    speeds = found.measure_speeds()
    rows = [
        ("samples per second", _show_median(speeds["ours"]), _show_median(speeds["torch"])),
        (f"{found.profile} / PyTorch", f"{speeds['ratio'].median:.2f}", ""),
    ]
    return render_text(Table(columns=("median", found.profile, "PyTorch"), rows=rows), indent=2)


def _format_curves(found: Comparison) -> str:
    pair = found.pairs[0]
    rows = [
        (str(ours.epoch), f"{ours.train_loss:.6f}", f"{theirs.train_loss:.6f}", *_show_accuracies(ours, theirs))
        for ours, theirs in zip(pair.ours.epochs, pair.torch.epochs, strict=True)
    ]
    head = ("epoch", "train loss", "PyTorch", "test accuracy", "PyTorch")
    return render_text(Table(columns=head, rows=rows), indent=2)


def _show_accuracies(ours: object, theirs: object) -> tuple[str, str]:
    values = (getattr(side, "test_accuracy", None) for side in (ours, theirs))
    first, second = ("-" if value is None else f"{value:.4f}" for value in values)
    return first, second


def _show(summary: MeanSummary) -> str:
    return f"{summary.mean:.6f}"


def _show_interval(summary: MeanSummary) -> str:
    if summary.low is None or summary.high is None:
        return f"{summary.mean:+.2e}"
    return f"{summary.mean:+.2e} ({summary.low:+.1e} to {summary.high:+.1e})"


def _show_median(summary: MedianSummary) -> str:
    return f"{summary.median:,.0f}" if summary.median >= _LARGE else f"{summary.median:.1f}"
