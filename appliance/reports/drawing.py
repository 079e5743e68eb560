"""Draws with matplotlib, without any setting of the user's, and returns an `svg` element for a page."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import logging
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.reports.svg import clean_svg
from verify.errors import UsageError
from verify.host.channel import detect_channel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIBRARIES = ("jinja2", "matplotlib")
_INSTALL = "python -m pip install jinja2 matplotlib"
_ELSEWHERE = (
    "the container images and the flake do not have them: write the report from the same run directories and answers "
    "where Python and pip are (docs/report.md)"
)
_REMEDIES = {
    "checkout": f"make train, which installs them from locks/report.lock into .venv, or {_INSTALL}",
    "image": _ELSEWHERE,
    "nix": _ELSEWHERE,
}
# Colours that stand for those of the page, which depend on light and dark; `svg.py` gives them their names.
INK, QUIET, LINE = "#010101", "#020202", "#030303"
SERIES = ("#000011", "#000022", "#000033", "#000044", "#000055", "#000066")
ON_LIGHT, ON_DARK = "#050505", "#060606"
LARGEST = 1e30
"""Beyond it a plot has no room for anything else."""
_WIDTH = 5.0  # inches
_FONT = "repro-appliance-report"
_SETTINGS: dict[str, Any] = {
    "axes.edgecolor": QUIET,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.family": [_FONT],
    "font.size": 11.0,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "image.interpolation": "nearest",
    "legend.frameon": False,
    "path.simplify": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "repro-appliance",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
}


def is_drawable(value: float | None) -> bool:
    """Tell whether a number can stand in a plot."""
    return value is not None and math.isfinite(value) and abs(value) <= LARGEST


def require_libraries() -> None:
    """Raise UsageError where a library that a report needs is not installed."""
    lacking = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if lacking:
        raise UsageError(
            "a report needs libraries that are not installed",
            expected=", ".join(LIBRARIES),
            found=f"missing: {', '.join(lacking)}",
            remedy=_REMEDIES.get(detect_channel(), _INSTALL),
        )


def _import_matplotlib() -> Any:  # noqa: ANN401 - untyped here
    """Import matplotlib with the settings that it brings along.

    It reads a file `matplotlibrc` of the current directory before any other, so that it is imported in the directory of
    its own.

    Raises:
        UsageError: it cannot be imported, as with an unknown backend in MPLBACKEND.
    """
    spec = importlib.util.find_spec("matplotlib")
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    own = Path(places[0]) / "mpl-data" if places else Path()
    with contextlib.chdir(own) if own.is_dir() else contextlib.nullcontext():
        try:
            return importlib.import_module("matplotlib")
        except (ImportError, ValueError) as error:
            raise UsageError(
                "matplotlib cannot be loaded",
                expected="an installation that works, and no MPLBACKEND that it does not know",
                found=error,
                remedy="unset MPLBACKEND, or install it again",
            ) from error


def _add_font(matplotlib: Any) -> None:  # noqa: ANN401
    """Give the font that matplotlib brings along a name that no font of the system has: texts are measured with it."""
    manager = importlib.import_module("matplotlib.font_manager")
    fonts = manager.fontManager.ttflist
    if all(entry.name != _FONT for entry in fonts):
        path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
        fonts.append(manager.FontEntry(fname=str(path), name=_FONT, weight=400))


@contextlib.contextmanager
def _settings() -> Iterator[Any]:
    """Give matplotlib with the settings of this module alone; afterwards it has those from before."""
    matplotlib = _import_matplotlib()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks; no figure depends on it
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        _add_font(matplotlib)
        yield matplotlib


def draw(
    height: float, paint: Callable[[Any, Any], None], *, margins: tuple[float, float, float, float] | None = None
) -> str:
    """Return the `svg` element of a figure with one panel.

    Args:
        height: in inches; the width is always the same.
        paint: called with the figure and its axes.
        margins: left, right, bottom and top in inches.
    """
    with _settings():
        figure = importlib.import_module("matplotlib.figure").Figure(figsize=(_WIDTH, height))
        left, right, bottom, top = margins or (0.78, 0.12, 0.54, 0.32)
        figure.subplots_adjust(
            left=left / _WIDTH, right=1 - right / _WIDTH, bottom=bottom / height, top=1 - top / height
        )
        panel = figure.subplots()
        paint(figure, panel)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return clean_svg(stream.getvalue())
