"""Run directories and a command line for reports."""

from __future__ import annotations

import html.parser
from typing import TYPE_CHECKING

import pytest

from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from pathlib import Path

_ELEMENTS = frozenset("script iframe object embed link form base input foreignobject".split())


class _Active(html.parser.HTMLParser):
    """Elements and attributes that could run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that acts, the name of an event, an address that is not inside the page."""
        self.found += [tag] if tag in _ELEMENTS else []
        self.found += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        addresses = [value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "data")]
        self.found += [value for value in addresses if not value.startswith(("#", "data:image/png;"))]


def find_active(page: str) -> list[str]:
    """Return what in a page could run or load something."""
    parser = _Active()
    parser.feed(page)
    return parser.found


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the run directories `one` and `two` of other seeds, and `regression`."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(run_training(load_config("smoke")), folder / "one")
    write_run(run_training(load_config("smoke", overrides=("seed=9",))), folder / "two")
    short = ("training.epochs=1", "data.train_samples=256", "data.test_samples=64")
    write_run(run_training(load_config("regression", overrides=short)), folder / "regression")
    return folder
