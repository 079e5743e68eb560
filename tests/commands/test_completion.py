"""Completion in shells: scripts, where they go, and what they offer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.cli import completion

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_script_names_the_program(call: Callable[..., int], shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each script calls the program back in the form that it answers."""
    assert call("--show-completion", shell) == 0
    script = capsys.readouterr().out
    assert f"{completion.VARIABLE}={shell}_complete" in script
    assert "repro-appliance" in script


def test_shell_of_the_user_is_the_default(
    call: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SHELL decides where no shell is named; a shell without completion is an error."""
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert call("--show-completion") == 0
    assert "fish_complete" in capsys.readouterr().out
    assert call("--show-completion", "tcsh") == 2
    assert "bash or zsh or fish" in capsys.readouterr().err


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_script_is_installed_where_the_shell_looks(
    call: Callable[..., int],
    shell: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The file is written below the user's directory, and its path is printed."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert call("--install-completion", shell) == 0
    (written,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert str(written) in capsys.readouterr().out
    assert f"{shell}_complete" in written.read_text()


def ask(shell: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what a shell sets when the last word of a line is completed."""
    words = line.split(" ")
    monkeypatch.setenv(completion.VARIABLE, f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))


@pytest.mark.parametrize("shell", completion.SHELLS)
@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("repro-appliance train --config base", {"baseline", "baseline-f64"}),
        ("repro-appliance verify smo", {"smoke", "smoke-f64"}),
        ("repro-appliance golden record smo", {"smoke", "smoke-f64"}),
        ("repro-appliance data check fash", {"fashion-mnist"}),
        ("repro-appliance verify --profile po", {"portable"}),
        ("repro-appliance verify --profile to", set()),
        ("repro-appliance vary --profile to", {"torch"}),
        ("repro-appliance gold", {"golden"}),
        ("repro-appliance golden ch", {"check"}),
        ("repro-appliance config show smo", {"smoke", "smoke-f64"}),
        ("repro-appliance vary --axes thr", {"threads"}),
        ("repro-appliance vary --axes threads,ker", {"threads", "kernel"}),
        ("repro-appliance vary --axis time", {"timezone="}),
        ("repro-appliance train --trace st", {"step"}),
        ("repro-appliance export runs/a --format ro", {"ro-crate"}),
        ("repro-appliance benchmark smoke --against to", {"torch"}),
        ("repro-appliance predict runs/a fash", {"fashion-mnist"}),
    ],
)
def test_names_are_offered(
    call: Callable[..., int],
    shell: str,
    line: str,
    names: set[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Configurations, data sets, profiles and commands that begin as typed, and no other."""
    ask(shell, line, monkeypatch)
    assert call() == 0
    offered = set(capsys.readouterr().out.replace(",", "\n").replace("\t", "\n").split("\n"))
    assert names <= offered
    assert not offered & {"wide", "mnist", "native", "train"}


def test_files_of_configurations_are_offered(
    call: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path goes on with files that end in .toml, and with directories."""
    (tmp_path / "mine.toml").touch()
    (tmp_path / "mine.json").touch()
    (tmp_path / "minerals").mkdir()
    ask("bash", f"repro-appliance train --config {tmp_path}/mine", monkeypatch)
    assert call() == 0
    assert {line.partition(",")[2] for line in capsys.readouterr().out.split()} == {
        f"{tmp_path}/mine.toml",
        f"{tmp_path}/minerals/",
    }


def test_members_of_the_fleet_are_offered(
    call: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of the file that the line names; none where it is missing."""
    (tmp_path / "fleet.toml").write_text(
        'schema = "repro-appliance/fleet/1"\n'
        + "".join(f'[[members]]\nname = "{name}"\nkind = "local"\npython = "python3"\n' for name in ("ash", "oak"))
    )
    for name, offered in (("fleet.toml", "plain,ash\n"), ("nowhere.toml", "\n")):
        ask("bash", f"repro-appliance fleet --members {tmp_path}/{name} a", monkeypatch)
        assert call() == 0
        assert capsys.readouterr().out == offered


@pytest.mark.parametrize(
    "line", ["diff ru", "why ru", "diff runs/a ru", "vary -- pyth", "run -- pyth", "trace -- pyth"]
)
def test_paths_are_completed(
    call: Callable[..., int],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Sides of a comparison, and programs with their arguments; directories end with a slash."""
    for name in ("runs", "python-programs", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "pythagoras.py").touch()
    monkeypatch.chdir(tmp_path)
    ask("bash", f"repro-appliance {line}", monkeypatch)
    assert call() == 0
    offered = {"ru": {"runs/"}, "pyth": {"pythagoras.py", "python-programs/"}}
    shown = {word.removeprefix("plain,") for word in capsys.readouterr().out.split()}
    assert shown == offered[line.rsplit(maxsplit=1)[-1]]


@pytest.mark.process
@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_completes(tmp_path: Path) -> None:
    """The script works in zsh itself; what it hands to the editor is printed here."""
    program = tmp_path / "repro-appliance"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m appliance "$@"\n')
    program.chmod(0o755)
    script = f"""
        PATH={tmp_path}:$PATH
        compdef() {{ }}
        compadd() {{ print -l -- $completions }}
        _describe() {{ print -l -- $completions_with_descriptions }}
        eval "$(repro-appliance --show-completion zsh)"
        words=(repro-appliance vary --axes threads,ker) CURRENT=4
        _repro_appliance_completion
    """
    done = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["threads,kernel"], "")


@pytest.mark.process
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes(tmp_path: Path) -> None:
    """The script works in bash itself: it fills COMPREPLY."""
    program = tmp_path / "repro-appliance"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m appliance "$@"\n')
    program.chmod(0o755)
    script = f"""
        eval "$({program} --show-completion bash)"
        COMP_WORDS=(repro-appliance train --config base) COMP_CWORD=3
        _repro_appliance_completion {program}
        echo "${{COMPREPLY[*]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["baseline", "baseline-f64"], "")
