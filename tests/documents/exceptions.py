"""Commands that do not run in the suite as they stand in a page: those that run elsewhere, those that run shorter."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = Path(__file__).parent / "elsewhere.toml"
_STEP = "step: "


@attrs.frozen
class Elsewhere:
    """Commands of one class: the target, the step or the tests that run them, and the words that show it in a file."""

    words: tuple[str, ...]
    why: str
    by: str
    file: str
    has: str

    def matches(self, line: str) -> bool:
        """Say whether a line is of this class."""
        return any(fnmatchcase(line, pattern) for pattern in self.words)


@attrs.frozen
class Shorter:
    """A command that takes long, and what runs in its place; `always` means in `make pages`, too."""

    words: str
    run: str
    why: str
    always: bool = False


@attrs.frozen
class Kind:
    """Commands of one kind: that take long, or that print other lines on other machines."""

    words: tuple[str, ...]
    why: str

    def matches(self, line: str) -> bool:
        """Say whether a line is of this class."""
        return any(fnmatchcase(line, pattern) for pattern in self.words)


@attrs.frozen
class End:
    """A command of a running text, and the exit code that it ends with."""

    words: str
    code: int
    why: str


@attrs.frozen
class Exceptions:
    """The lists; the whole pages are run without `long` and `shorter`."""

    elsewhere: tuple[Elsewhere, ...]
    long: tuple[Kind, ...]
    shorter: tuple[Shorter, ...]
    machine: tuple[Kind, ...]
    ends: tuple[End, ...]

    def find_code(self, line: str) -> int:
        """Return the exit code of a command in running text."""
        return next((one.code for one in self.ends if one.words == line), 0)

    def is_long(self, line: str) -> bool:
        """Say whether a command takes so long that the suite leaves it out."""
        return self.shorten(line) == line and any(one.matches(line) for one in self.long)

    def find_elsewhere(self, line: str) -> Elsewhere | None:
        """Return the class of a command that runs elsewhere."""
        return next((one for one in self.elsewhere if one.matches(line)), None)

    def shorten(self, line: str, *, whole: bool = False) -> str:
        """Return what runs in the place of a command."""
        return next((one.run for one in self.shorter if one.words == line and (one.always or not whole)), line)

    def is_of_machine(self, line: str) -> bool:
        """Say whether other machines print other lines."""
        return any(one.matches(line) for one in self.machine)


@cache
def read_exceptions() -> Exceptions:
    """Return the lists of the table."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return Exceptions(
        elsewhere=tuple(Elsewhere(**{**row, "words": tuple(row["words"])}) for row in table["elsewhere"]),
        ends=tuple(End(**row) for row in table["ends"]),
        shorter=tuple(Shorter(**row) for row in table["shorter"]),
        long=tuple(Kind(**{**row, "words": tuple(row["words"])}) for row in table["long"]),
        machine=tuple(Kind(**{**row, "words": tuple(row["words"])}) for row in table["machine"]),
    )


def find_offences(entry: Elsewhere, root: Path) -> Iterator[str]:
    """Yield why an entry does not show that its commands are run."""
    path = root / entry.file
    if not path.is_file() or entry.has not in path.read_text(encoding="utf-8"):
        yield f"{entry.file} has no {entry.has!r}"
    if entry.by.startswith(_STEP):
        steps = tomllib.loads((root / ".ci/steps.toml").read_text(encoding="utf-8"))["steps"]
        if entry.by.removeprefix(_STEP) not in {step["title"] for step in steps}:
            yield f"no such step: {entry.by}"
    elif entry.by.startswith("make "):
        yield from _find_target_offences(entry, (root / "Makefile").read_text(encoding="utf-8"))
    elif entry.by != "the suite" or not path.name.startswith("test_"):
        yield f"neither a target, a step nor a test: {entry.by}"


def _find_target_offences(entry: Elsewhere, makefile: str) -> Iterator[str]:
    """A target runs a file if it names the file or a folder above it, also as a package."""
    name = entry.by.removeprefix("make ")
    found = re.search(rf"^{name}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    recipe = "" if found is None else _expand(found[1], makefile)
    if recipe and entry.file == "Makefile":
        if entry.has not in recipe:
            yield f"`{entry.by}` has no {entry.has!r}"
        return
    folders = [
        entry.file,
        str(Path(entry.file).with_suffix("")),
        *(str(one) for one in Path(entry.file).parents if len(one.parts) > 1),
    ]
    if not any(one in recipe or one.replace("/", ".") in recipe for one in folders):
        yield f"`{entry.by}` does not run {entry.file}"


def _expand(recipe: str, makefile: str) -> str:
    """Return a recipe with the variables that the file itself sets."""
    for name, value in re.findall(r"^([A-Z_]+) [:?]?= ((?:.*\\\n)*.*)$", makefile, re.MULTILINE):
        recipe = recipe.replace(f"$({name})", value)
    return recipe
