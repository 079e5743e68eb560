"""Commands in pages: those in blocks with what they must print, those in running text written out."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from documents.markdown import Block, Page

_PROMPT = "$ "
_COMMENT = re.compile(r"(?:^|\s+)#(?:\s+(?P<text>.*))?$")
_CODE = re.compile(r"exit code (\d+)")
_VARIABLES = re.compile(r"^(?:[A-Z][A-Z0-9_]*=\S* +)+")
_TOOLS = ("make", "python", "pytest", "pip", "docker", "nix", "mpiexec")
# Words that begin as a command does.
_NO_COMMANDS = ("data error", "runs again: ...")
_MODULE = re.compile(r"python (?:-P )?-m(?: [\w.]+)?")
PROGRAM = "repro-appliance"


@attrs.frozen
class Command:
    """A command of a block, as it is handed to a shell, with its exit code and the lines that it must print."""

    page: str
    line: int
    words: str
    code: int = 0
    shown: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return page and line."""
        return f"{self.page}:{self.line}"


def read_commands(page: Page, block: Block) -> Iterator[Command]:
    """Yield the commands of a block of the language `sh` or `console`, in their order."""
    session = block.language == "console"
    lines = block.text.splitlines()
    starts = [n for n, line in enumerate(lines) if _begins(line, lines[n - 1] if n else "", session=session)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        parts = [lines[start].removeprefix(_PROMPT)]
        last = start
        while parts[-1].endswith("\\"):
            last += 1
            parts.append(lines[last].strip())
        words, comment = split_comment(" ".join(part.rstrip("\\").rstrip() for part in parts))
        code = _CODE.search(comment)
        shown = tuple(lines[last + 1 : end]) if session else ()
        if words:
            yield Command(page.name, block.line + start + 1, words, int(code[1]) if code else 0, shown)


def _begins(line: str, before: str, *, session: bool) -> bool:
    """Say whether a command begins with this line."""
    return line.startswith(_PROMPT) if session else bool(line.strip()) and not before.endswith("\\")


def split_comment(line: str) -> tuple[str, str]:
    """Return a line of a shell without its comment, and the comment."""
    found = next((one for one in _COMMENT.finditer(line) if not _is_open(line[: one.start()])), None)
    return (line, "") if found is None else (line[: found.start()], found["text"] or "")


def _is_open(words: str) -> bool:
    """Say whether a quotation has begun and not ended."""
    single = words.count("'") % 2
    return bool(single or words.count('"') % 2)


def find_command(span: str, verbs: frozenset[str]) -> str | None:
    """Return the command in a span, with the name of the program before its verbs; None where it is none.

    A word alone names a command: it is no command line.
    """
    words = _VARIABLES.sub("", span)
    first, _, rest = words.partition(" ")
    if not rest or words in _NO_COMMANDS or _MODULE.fullmatch(words):
        return None
    if first in (PROGRAM, *_TOOLS):
        return span
    return f"{PROGRAM} {span}" if first in verbs else None


def write_out(line: str) -> list[str]:
    """Return a line with alternatives (`A|B`) and optional words (`[--x N]`) as lines without them, the shortest first.

    `WORD...` and `[WORD]...` stand for one word here.
    """
    pieces = re.findall(r"(?<!\S)\[[^\]]+\](?:[.]{3})?|\S+", line)
    lines = [" ".join(word for word in one if word) for one in itertools.product(*map(_list_choices, pieces))]
    return list(dict.fromkeys(lines))


def _list_choices(piece: str) -> list[str]:
    if piece.startswith("["):
        return ["", *write_out(piece[1 : piece.rindex("]")])]
    word = re.sub(r"(?<=\w)[.]{3}$", "", piece)
    return word.split("|") if re.fullmatch(r"[\w-]+([|][\w-]+)+", word) else [word]
