"""Reads how a program file is started: through which interpreter, with which dynamic loader."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

_DEPTH = 4  # an interpreter may itself be a script; Linux follows as many
_INTERPRETER = 3  # PT_INTERP in elf(5)
_LINE = 256  # bytes of a first line that Linux reads


def expand_script(command: tuple[str, ...], path: str | None) -> tuple[str, ...]:
    """Return a command that starts with a binary program: a script is replaced by its interpreter and itself.

    Args:
        command: the program and its arguments.
        path: the variable PATH of the child.
    """
    for _ in range(_DEPTH):
        found = shutil.which(command[0], path=path) or command[0]
        words = read_interpreter(Path(found))
        if not words:
            return (found, *command[1:])
        if Path(words[0]).name == "env":
            words = tuple(word for word in words[1:] if word != "-S")
        command = (*words, found, *command[1:])
    return command


def read_interpreter(file: Path) -> tuple[str, ...]:
    """Return the words after `#!` on the first line; empty if the file is no script."""
    try:
        with file.open("rb") as stream:
            line = stream.read(_LINE).partition(b"\n")[0]
    except OSError:
        return ()
    if not line.startswith(b"#!"):
        return ()
    return tuple(line[2:].decode("utf-8", errors="surrogateescape").split(None, 1)[:1]) + tuple(
        line[2:].decode("utf-8", errors="surrogateescape").split()[1:]
    )


def read_loader(program: str) -> str | None:
    """Return the dynamic loader that an ELF program names, through scripts; None if it has none."""
    file = Path(expand_script((program,), None)[0])
    try:
        with file.open("rb") as stream:
            header = stream.read(64)
            if header[:4] != b"\x7fELF":
                return None
            wide, order = header[4] == 2, "<" if header[5] == 1 else ">"  # noqa: PLR2004 - EI_CLASS in elf(5)
            start = struct.unpack_from(order + ("Q" if wide else "I"), header, 32 if wide else 28)[0]
            size, count = struct.unpack_from(order + "HH", header, 54 if wide else 42)
            stream.seek(start)
            table = stream.read(size * count)
            for entry in (table[index * size : (index + 1) * size] for index in range(count)):
                if struct.unpack_from(order + "I", entry)[0] == _INTERPRETER:
                    offset = struct.unpack_from(order + ("Q" if wide else "I"), entry, 8 if wide else 4)[0]
                    length = struct.unpack_from(order + ("Q" if wide else "I"), entry, 32 if wide else 16)[0]
                    stream.seek(offset)
                    return stream.read(length).rstrip(b"\0").decode("utf-8", errors="replace")
    except (OSError, struct.error):
        return None
    return None
