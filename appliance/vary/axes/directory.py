"""The axis `directory`: the path of the working directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, judge, make_folder, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_PROBE = "import os; print('in', os.getcwd())"


class Directory:
    """Moves the copy of the working directory to another path; reads the path in the child."""

    name = "directory"
    title = "path of the working directory"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return a longer name with a space and a letter beyond ASCII."""
        return (AS_IT_IS, "another näme")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Name the place of the copy; it is made there before the child starts."""
        if value == AS_IT_IS:
            return launch
        folder = launch.directory
        return attrs.evolve(launch, directory=folder.with_name(f"{folder.name} {value.replace('/', '_')}"))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the paths that two children see, each in a directory made for it."""
        probe = attrs.evolve(start_probe(subject, _PROBE), directory=make_folder(subject, "here"))
        there = self.apply(value, probe)
        there.directory.mkdir(exist_ok=True)
        return judge(run(probe).strip(), run(there).strip(), remedy="give a name that a directory can have")

    def advise(self) -> str:
        """Return what helps."""
        return "write no absolute paths into results, and hash or sort names relative to the working directory"
