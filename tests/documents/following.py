"""A page, done as it says: its blocks from top to bottom, then the commands in its running text."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from documents.commands import PROGRAM, Command, find_command, read_commands, write_out
from documents.exceptions import read_exceptions
from documents.parsing import find_name, lacks_arguments, list_verbs, split_line
from documents.placeholders import complete, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from documents.markdown import Page
    from documents.running import Reader


def follow_blocks(page: Page, reader: Reader) -> list[str]:
    """Write the files of a page and run its commands, in their order; return what went wrong."""
    wrong: list[str | None] = []
    for block in page.blocks:
        if block.name is not None:
            path = reader.folder / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language in {"sh", "console"}:
            wrong += [reader.follow(command) for command in read_commands(page, block)]
    return [one for one in wrong if one is not None]


def follow_spans(page: Page, reader: Reader, done: set[str]) -> list[str]:
    """Run the commands in the running text of a page, except those done before; return what went wrong."""
    wrong: list[str | None] = []
    for command in list_span_commands(page):
        if command.words not in done:
            remove_target(reader.folder, command.words)
            wrong.append(reader.follow(command))
            done |= {command.words} if wrong[-1] is None else set()
    return [one for one in wrong if one is not None]


def remove_target(folder: Path, line: str) -> None:
    """Remove what a command would write: where a page names it alone, nothing of that name is there."""
    name = find_name(line)
    words = next(iter(split_line(line)))
    rest = words[words.index(PROGRAM) + 1 + len(name.split()) :] if PROGRAM in words else []
    files = [word for word in rest if not word.startswith("-")]
    outputs = [after for word, after in pairwise(rest) if word in {"-o", "--out"}]
    targets = {
        "config new": files[:1],
        "golden record": [f"goldens/{Path(files[0]).stem}.json"] if files else [],
        "data generate": [f"data/{files[0]}"] if files else [],
    }
    for target in [*outputs, *targets.get(name, [])]:
        path = folder / target
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)


def list_span_commands(page: Page) -> Iterator[Command]:
    """Yield the commands in the running text of a page, written out, filled in and complete."""
    seen: set[str] = set()
    for span in page.spans:
        found = find_command(span.text, list_verbs())
        for line in write_out(found) if found else ():
            name = find_name(line)
            whole = complete(line, name) if lacks_arguments(fill(line, name)) else line
            words = fill(whole, name)
            if words not in seen:
                seen.add(words)
                yield Command(page.name, span.line, words, read_exceptions().find_code(words))
