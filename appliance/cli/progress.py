"""Progress on standard error, drawn only on a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.cli.later import Later
from appliance.cli.printing import can_draw, is_interactive, print_note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich import console, progress

    from appliance.config import Config
    from appliance.training.loop import Progress
else:
    console, progress = Later("rich.console"), Later("rich.progress")


@contextmanager
def show_progress(config: Config) -> Iterator[Progress | None]:
    """Yield a function that advances a progress bar; None where none can be drawn."""
    if not can_draw():
        yield None
        return
    with progress.Progress(console=console.Console(stderr=True), transient=True) as bar:
        tasks: dict[int, progress.TaskID] = {}

        def advance(epoch: int, done: int, total: int) -> None:
            if epoch not in tasks:
                tasks[epoch] = bar.add_task(f"{config.name} epoch {epoch}/{config.training.epochs}", total=total)
            bar.advance(tasks[epoch], done)

        yield advance


def show_line(line: str) -> None:
    """Say what is done now."""
    if is_interactive():
        print_note(line)


def show_case(case: str) -> None:
    """Name the case that is measured now."""
    show_line(f"measuring {case}")


class DownloadBar:
    """A progress bar for the bytes of one file; see `appliance.data.fetch.ProgressBar`."""

    def __init__(self, name: str) -> None:
        self._progress = progress.Progress(console=console.Console(stderr=True))
        self._task = self._progress.add_task(name, total=None)
        self._progress.start()

    @property
    def total(self) -> float | None:
        """The size of the file in bytes; None while unknown."""
        return self._progress.tasks[0].total

    @total.setter
    def total(self, count: int) -> None:
        self._progress.update(self._task, total=count, completed=0)

    def update(self, count: int) -> None:
        """Add `count` bytes."""
        self._progress.advance(self._task, count)

    def reset(self) -> None:
        """Start again at zero."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Draw the bar for the last time."""
        self._progress.stop()
