"""Lines of a shell, judged without being run: by the program's own parser, the Makefile, the extras, the flake."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import attrs
import click
import typer

from appliance.cli.app import app
from documents.commands import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
"""Of the source tree."""

_ENDS = {";", "&&", "||", "|", "(", ")", "&"}
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*=.*")
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_MODULES = {"appliance", "repro_appliance"}
_SHELL = {
    "mkdir",
    "cp",
    "mv",
    "cd",
    "echo",
    "cat",
    "sed",
    "ls",
    "git",
    "sha256sum",
    "printf",
    "diff",
    "rm",
    "head",
    "cmp",
    ".",
    "date",
}
_DOCKER = {"build", "run", "image", "stop"}
_NIX = {"develop", "fmt", "flake", "build", "run"}


def get_program() -> click.Group:
    """Return the command line of the program."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    return group


@cache
def list_verbs() -> frozenset[str]:
    """Return the names of all commands."""
    return frozenset(get_program().commands)


@attrs.frozen
class Given:
    """What a command line gives: positional arguments, and options that stand for them."""

    arguments: bool
    alone: bool


def parse_arguments(words: list[str]) -> Given:
    """Parse the arguments of the program as it does.

    Raises:
        click.UsageError: as the program would.
    """
    command: click.Command = get_program()
    names: list[str] = []
    rest = [word for word in words if word not in {"--debug", "--full"}]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        names.append(rest.pop(0))
        if names[-1] not in command.commands:
            raise click.UsageError(f"no such command: {' '.join(names)}")
        command = command.commands[names[-1]]
    if rest in (["--help"], ["-h"], ["--version"], ["--version", "--json"]):
        return Given(arguments=True, alone=False)
    context = command.make_context(" ".join(names), rest)
    positional = [one.name for one in command.params if isinstance(one, click.Argument)]
    return Given(
        arguments=bool(context.args) or any(context.params.get(name or "") for name in positional),
        alone=any(context.params.get(name) for name in ("config", "configs", "suite", "self_test")),
    )


def lacks_arguments(line: str) -> bool:
    """Say whether a command is only mentioned, without the arguments that it needs, as in `diff --json`."""
    try:
        given = [parse_arguments(words[1:]) for words in split_line(line) if words[0] == PROGRAM]
    except click.MissingParameter:
        return True
    except click.UsageError:
        return False
    return any(not one.arguments and not one.alone for one in given)


def split_line(line: str) -> Iterator[list[str]]:
    """Yield the commands of a line, each as its words, without variables before it and without redirections."""
    words: list[str] = []
    skip = False
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    for word in lexer:
        if word in _ENDS:
            yield from [words] if words else []
            words = []
        elif skip or word[0] in "<>":
            skip = not skip
        elif words or not _VARIABLE.fullmatch(word):
            # A shell finds several files.
            words += [f"{word}1", f"{word}2"] if word.endswith("/*") else [word]
    if words:
        yield words


def find_mistakes(line: str) -> list[str]:
    """Return what is wrong with the commands of a line."""
    found: list[str] = []
    try:
        for words in split_line(line):
            found += _judge(words)
    except (ValueError, click.UsageError) as error:
        message = error.format_message() if isinstance(error, click.UsageError) else str(error)
        found.append(message)
    return found


def find_name(line: str) -> str:
    """Return the words that name the command of the program in a line, such as `golden record`; else nothing."""
    for words in split_line(line):
        if PROGRAM in words:
            rest = words[words.index(PROGRAM) + 1 :]
            command: click.Command = get_program()
            names: list[str] = []
            while isinstance(command, click.Group) and rest and rest[0] in command.commands:
                names.append(rest.pop(0))
                command = command.commands[names[-1]]
            return " ".join(names)
    return ""


def _judge(words: list[str]) -> list[str]:
    first, rest = words[0], words[1:]
    if first == PROGRAM:
        parse_arguments(rest)
        return []
    if first in {"python", "python3"} and "-m" in rest[:2]:
        return _judge_module(rest[rest.index("-m") + 1], rest[rest.index("-m") + 2 :])
    if first == "pip":
        return _judge_module("pip", rest)
    if first == "make":
        known = set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
        return [f"no such target: {word}" for word in rest if word not in known and not _VARIABLE.fullmatch(word)]
    if first in {"docker", "mpiexec", "nix"}:
        return _judge_wrapper(first, rest)
    first = PurePosixPath(first).name if first.startswith(("lab/", ".venv/")) else first
    known_word = first in _SHELL or first in {"python", "pytest", "pip", "pipx", "ulimit"}
    return [] if known_word else [f"no known command: {first}"]


def _judge_module(name: str, words: list[str]) -> list[str]:
    if name in _MODULES:
        parse_arguments(words)
    if name == "pip":
        asked = re.findall(rf"{PROGRAM}\[([\w,]+)\]", " ".join(words))
        known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        return [f"no such extra: {extra}" for extras in asked for extra in extras.split(",") if extra not in known]
    return [] if importlib.util.find_spec(name) else [f"no such module: {name}"]


def _judge_wrapper(first: str, words: list[str]) -> list[str]:
    """Judge the command of the program that a container, a flake or an MPI job starts."""
    if words[0] not in {"docker": _DOCKER, "nix": _NIX}.get(first, words):
        return [f"no known command: {first} {words[0]}"]
    inner: list[str] = []
    if first == "mpiexec" or (words[0] == "run" and first == "docker"):
        inner = words[words.index(PROGRAM) + 1 :] if PROGRAM in words else []
    elif words[0] == "run" and (verb := words[1].partition("#")[2]):
        inner = [verb, *words[words.index("--") + 1 :]] if "--" in words else [verb]
        if f' "{verb}" ' not in (ROOT / "flake.nix").read_text(encoding="utf-8"):
            return [f"no such app: {verb}"]
    if inner and inner != ["..."]:
        parse_arguments(inner)
    return []
