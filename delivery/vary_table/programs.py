"""Reads the programs with their right answers."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from pathlib import Path


def _make_tuple(words: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(words)


def _words() -> tuple[str, ...]:
    """Return a field of words, none by default."""
    field: tuple[str, ...] = attrs.field(converter=_make_tuple, factory=tuple)
    return field


@attrs.frozen(kw_only=True)
class Program:
    """A program with its right answer.

    Args:
        id: its name in the table: its file, or the public report after which it was written.
        title: what it does, in words.
        files: its files, in the folder of the programs.
        command: how it is started. {python}, {other} and {numpy} stand for interpreters and an environment.
        prepare: a command that is run once in the directory before.
        needs: programs that must be on PATH, beside the first words of `command` and `prepare`.
        modules: modules that its Python must have.
        axes: what is varied.
        values: axes with values, as after --axis.
        named: the causes that must be named; "a + b" for two axes that act only together.
        also: axes that may be named beside.
        says: texts that the answer must contain.
        itself: whether it differs from itself.
        long: whether it takes too long for a test.
    """

    id: str
    title: str
    files: tuple[str, ...] = attrs.field(converter=_make_tuple)
    command: tuple[str, ...] = attrs.field(converter=_make_tuple)
    named: tuple[str, ...] = attrs.field(converter=_make_tuple)
    prepare: tuple[str, ...] = _words()
    needs: tuple[str, ...] = _words()
    modules: tuple[str, ...] = _words()
    axes: tuple[str, ...] = _words()
    values: tuple[str, ...] = _words()
    also: tuple[str, ...] = _words()
    says: tuple[str, ...] = _words()
    itself: bool = False
    long: bool = False

    @property
    def answer(self) -> str:
        """The right answer in words."""
        parts = ["differs from itself"] if self.itself else []
        parts += self.named
        parts += [f"beside it perhaps {', '.join(self.also)}"] if self.also else []
        parts += [f'"{text}"' for text in self.says]
        return "; ".join(parts) if self.named or self.itself else "; ".join(["nothing", *parts])


def read_programs(file: Path) -> tuple[Program, ...]:
    """Return the programs of a TOML file; `axes` before the first program hold for all that have none."""
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    axes = table.get("axes", [])
    return tuple(Program(**({"axes": axes} | row)) for row in table["program"])
