"""Runs the program in a world: a fresh copy, one child within limits, its outputs collected."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs

from appliance.processes.child import Children, Limits
from appliance.processes.limits import Allowance, Watch, end_marked, limit_command, measure_directory
from appliance.vary.comparing.contents import read_output
from appliance.vary.copies import (
    copy_directory,
    list_written,
    remove_directory,
    select_matching,
    take_snapshot,
)
from appliance.vary.endings import describe_ending, read_tail
from appliance.vary.launching import make_command
from appliance.vary.outside import Neighbourhood
from appliance.vary.trial import Output, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.vary.axis import Launch
    from appliance.vary.launching import Launcher
    from appliance.vary.world import World

STDOUT = "(stdout)"
MARK = "REPRO_APPLIANCE_WORLD"
_ANSWER = 2**20  # bytes of a probe's answer that are read


@attrs.frozen(kw_only=True)
class Workshop:
    """Where worlds are run one after the other, each in a fresh copy at the same place.

    Args:
        launcher: makes the launch of a world.
        source: the working directory that is copied; None for an empty one.
        scratch: the directory that holds everything that is made here.
        globs: which files are the outputs; none for every file that is written, with standard output.
        allowance: what a child may use.
        children: ends every child at an interrupt.
    """

    launcher: Launcher
    source: Path | None
    scratch: Path
    globs: tuple[str, ...]
    allowance: Allowance
    children: Children = attrs.field(factory=Children)

    @property
    def work(self) -> Path:
        """The place of the fresh copy."""
        return self.scratch / "run" / "work"

    @property
    def mark(self) -> tuple[str, str]:
        """The variable by which processes of this search are found."""
        return MARK, self.scratch.name

    def run(self, world: World, seconds: float, keep: str) -> Trial:
        """Run the program in a world.

        Args:
            world: the settings.
            seconds: wall time after which it is ended.
            keep: the name under which its outputs are kept.
        """
        remove_directory(self.scratch / "run")
        launch = self.launcher.plan(world, self.work)
        if self.source is None:
            launch.directory.mkdir(parents=True)
        else:
            copy_directory(self.source, launch.directory)
        return self._run_in(launch, seconds, keep)

    def run_again(self, first: Trial, world: World, seconds: float, keep: str) -> Trial:
        """Run the program a second time in the directory that its first run has used; the same outputs are read."""
        launch = self.launcher.plan(world, self.work)
        if self.globs:
            for name in first.outputs:
                (launch.directory / name).unlink(missing_ok=True)
        names = tuple(name for name in first.outputs if name != STDOUT)
        for name in names:
            _unlink_copy(launch.directory / name)
        return self._run_in(launch, seconds, keep, names)

    def ask(self, launch: Launch) -> str:
        """Start a probe of an axis and return its standard output."""
        room = self.scratch / "probe"
        remove_directory(room)
        room.mkdir()
        command = make_command(launch, (), room / "startup", self.mark)
        if not launch.directory.is_dir():
            return ""
        outcome = self.children.run(command, room, Limits(seconds=60))
        with suppress(OSError), outcome.output.open("rb") as stream:
            return stream.read(_ANSWER).decode("utf-8", errors="replace")
        return ""

    def _run_in(self, launch: Launch, seconds: float, keep: str, names: tuple[str, ...] | None = None) -> Trial:
        streams, temporary = self.scratch / "run" / "streams", self.scratch / "run" / "tmp"
        for folder in (streams, temporary):
            remove_directory(folder)
            folder.mkdir(parents=True)
        launch.environment["TMPDIR"] = str(temporary)
        around = Neighbourhood.look(self.source, self.scratch / "run", launch.environment.get("HOME"))
        before = take_snapshot(launch.directory)
        watch = Watch(allowance=self.allowance, directory=launch.directory)
        limits = Limits(seconds=seconds, watch=watch)
        startup = self.scratch / "run" / "startup"
        command = make_command(launch, limit_command(self.allowance), startup, self.mark)
        try:
            outcome = self.children.run(command, streams, limits)
        finally:
            left = tuple(end_marked(self.mark))
        outside = around.list_changes()
        trial = Trial(seconds=outcome.seconds, left=left, outside=outside)
        ending = describe_ending(outcome, seconds)
        if ending:
            return attrs.evolve(trial, ending=ending, tail=read_tail(outcome))
        written = list_written(launch.directory, before) if names is None else names
        return self._collect(trial, launch.directory, written, outcome.output, keep)

    def _collect(self, trial: Trial, directory: Path, written: tuple[str, ...], stdout: Path, keep: str) -> Trial:
        """Return a trial with its outputs, which are moved away from the copy or copied."""
        chosen = select_matching(written, self.globs) if self.globs else written
        keeps = measure_directory(self.scratch / "kept") < self.allowance.disk
        outputs: dict[str, Output] = {}
        place = self.scratch / "kept" / keep
        for name in chosen:
            if (directory / name).is_file():
                outputs[name] = read_output(directory / name, name)
                if keeps:
                    _keep(directory / name, place / "files" / name)
        if not self.globs and stdout.stat().st_size:
            outputs[STDOUT] = read_output(stdout, STDOUT)
            _keep(stdout, place / "stdout")
        return attrs.evolve(trial, outputs=outputs, place=keep)

    def find_kept(self, trial: Trial, name: str) -> Path | None:
        """Return the kept file of an output; None if it is not kept."""
        if trial.place is None:
            return None
        place = self.scratch / "kept" / trial.place
        path = place / "stdout" if name == STDOUT else place / "files" / name
        return path if path.is_file() else None

    def forget(self, trial: Trial) -> Trial:
        """Remove the kept outputs of a trial: another trial has given the same."""
        if trial.place is not None:
            remove_directory(self.scratch / "kept" / trial.place)
        return attrs.evolve(trial, place=None)


def _keep(source: Path, target: Path) -> None:
    """Keep an output: linked, so that the used directory still has it and large files are not copied."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _unlink_copy(path: Path) -> None:
    """Give a file that is linked elsewhere contents of its own."""
    if path.is_file() and not path.is_symlink():
        draft = path.with_name(path.name + ".draft")
        shutil.copy2(path, draft)
        draft.replace(path)
