"""Completion in the shells bash, zsh and fish: the scripts, where they are installed, the words they offer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from typer import completion as typers_own

from appliance.cli.failures import PROGRAM
from appliance.cli.later import Later
from appliance.cli.parser import Command, Context, shell_completion  # typer reads the annotation of a context
from appliance.cli.printing import show_text
from verify.errors import ApplianceError, UsageError

if TYPE_CHECKING:
    from appliance.checklist import conferences
    from appliance.config import loading
    from appliance.data import locate
    from appliance.data import table as sets
    from appliance.exports import export as exports
    from appliance.fleet import members
    from appliance.launch import variables
    from appliance.vary import axes, own_training
    from verify.files import writing
else:
    conferences = Later("appliance.checklist.conferences")
    loading, locate = Later("appliance.config.loading"), Later("appliance.data.locate")
    sets, writing = Later("appliance.data.table"), Later("verify.files.writing")
    variables, own_training = Later("appliance.launch.variables"), Later("appliance.vary.own_training")
    axes, members = Later("appliance.vary.axes"), Later("appliance.fleet.members")
    exports = Later("appliance.exports.export")

SHELLS = ("bash", "zsh", "fish")
SHOW, INSTALL = "--show-completion", "--install-completion"
VARIABLE = "_REPRO_APPLIANCE_COMPLETE"


def name_shells(arguments: list[str]) -> list[str]:
    """Return a command line in which both options of completion name a shell; the user's own is the default."""
    for option in (SHOW, INSTALL):
        if option in arguments[:1] and arguments[1:2] in ([], [""]):
            return [option, Path(os.environ.get("SHELL", "")).name or "bash"]
    return arguments


def make_script(command: Command, shell: str) -> str:
    """Return the script that lets a shell complete this program's command lines.

    Raises:
        UsageError: no script can be made for this shell.
    """
    complete = _speak_to(command, shell)
    return complete.source_template % complete.source_vars()


def _speak_to(command: Command, shell: str) -> shell_completion.ShellComplete:
    """Return what speaks the protocol of a shell.

    Raises:
        UsageError: nothing does.
    """
    kind = shell_completion.get_completion_class(shell) if shell in SHELLS else None
    if kind is None and shell in SHELLS:
        typers_own.completion_init()  # type: ignore[attr-defined] # typer's own classes, where it has its own copy of click
        kind = shell_completion.get_completion_class(shell)
    if kind is None:
        raise UsageError("there is no completion for this shell", expected=" or ".join(SHELLS), found=shell)
    return kind(command, {}, PROGRAM, VARIABLE)


def install_script(command: Command, shell: str) -> str:
    """Write the script where the shell finds it; return what was written and what is left to do.

    Raises:
        UsageError: there is no script for this shell, or it cannot be written.
    """
    script = make_script(command, shell)
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = {
        "bash": data / "bash-completion" / "completions" / PROGRAM,
        "zsh": home / ".zfunc" / f"_{PROGRAM}",
        "fish": settings / "fish" / "completions" / f"{PROGRAM}.fish",
    }
    path = places[shell]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("the completion cannot be written", where=path, found=error.strerror) from error
    writing.write_whole(path, script + "\n", what="the completion")
    also = {"bash": f"bash without the package bash-completion: add to ~/.bashrc: source {path}"}
    also["zsh"] = "add to ~/.zshrc, if it is not there: fpath+=~/.zfunc; autoload -Uz compinit; compinit"
    return "\n".join([f"written to {path}; start a new shell", *filter(None, [also.get(shell)])])


def answer_shell(command: Command, instruction: str) -> int:
    """Print what a shell asked for through the variable of completion: bash_source or bash_complete, or reversed."""
    first, _, second = instruction.partition("_")
    shell, asked = (second, first) if first in ("source", "complete") else (first, second)
    complete = _speak_to(command, shell)
    if asked not in ("source", "complete"):
        raise UsageError("a shell asks for what does not exist", expected="source or complete", found=asked)
    show_text(complete.source() if asked == "source" else complete.complete())
    return 0


def complete_config(incomplete: str) -> list[str]:
    """Return names of configurations, then files of configurations and directories that begin as typed."""
    files = [path for path in complete_path(incomplete) if path.endswith(("/", ".toml"))]
    return [*loading.list_configs(), *files]


def complete_path(incomplete: str) -> list[str]:
    """Return the paths in the folder of what was typed; those of directories end with a slash."""
    folder = Path(incomplete if incomplete.endswith("/") else Path(incomplete).parent)
    paths = sorted(folder.glob("*")) if folder.is_dir() else []
    return [f"{path}/" if path.is_dir() else str(path) for path in paths]


def complete_axes(incomplete: str) -> list[str]:
    """Return lists of axes that go on with one more axis."""
    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{axis.name}" for axis in axes.AXES if axis.name not in before.split(",")]


def complete_axis() -> list[str]:
    """Return names of axes, ready for values."""
    return [f"{axis.name}=" for axis in axes.AXES]


def complete_member(context: Context) -> list[str]:
    """Return the members that the file of `--members` declares; none if it cannot be read."""
    try:
        fleet = members.read_fleet(Path(context.params["members"]))
    except ApplianceError:
        return []
    return [member.id for member in fleet.members]


def complete_level() -> list[str]:
    """Return what a trace may follow."""
    return ["epoch", "step"]


def complete_format() -> list[str]:
    """Return the formats that runs can be exported to."""
    return list(exports.FORMS)


def complete_counterpart() -> list[str]:
    """Return what a benchmark may be compared with."""
    return ["native", own_training.TORCH]


def complete_data_set() -> list[str]:
    """Return names of data sets."""
    return [found.name for found in sets.list_sets(locate.find_data_dir(None)) if not found.own]


def complete_samples(incomplete: str) -> list[str]:
    """Return names of data sets, then files and directories that begin as typed."""
    return [*complete_data_set(), *complete_path(incomplete)]


def complete_checked_data(incomplete: str) -> list[str]:
    """Return names of data sets, then files of configurations and directories that begin as typed."""
    files = [path for path in complete_path(incomplete) if path.endswith(("/", ".toml"))]
    return [*complete_data_set(), *files]


def complete_profile() -> list[str]:
    """Return names of profiles."""
    return list(variables.PROFILES)


def complete_conference() -> list[str]:
    """Return names of checklists of conferences."""
    return [found.name for found in conferences.LISTS]


def complete_varied_profile() -> list[str]:
    """Return names of profiles, and that of a training by PyTorch."""
    return [*variables.PROFILES, own_training.TORCH]
