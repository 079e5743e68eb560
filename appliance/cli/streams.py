"""Standard streams that may be closed, full or abandoned by their reader without changing the exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator


class TolerantStream:
    """A text stream that goes on after a failed write, into nothing, and keeps the first failure.

    Args:
        stream: where text goes; None, as Python has it for a stream that was closed before the start, is nowhere.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream if stream is not None else open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of the stream
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, or drop it after a failure; a character that the stream cannot encode is written as its code."""
        with self._notice():
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                encoding = self._stream.encoding or "ascii"
                self._stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
        return len(text)

    def flush(self) -> None:
        """Pass on what is buffered."""
        with self._notice():
            self._stream.flush()

    @contextmanager
    def _notice(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = self.failure or error
            # What is still buffered would fail again when the interpreter ends, and take the exit code with it.
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


@contextmanager
def tolerant_streams() -> Iterator[TolerantStream]:
    """Make both standard streams tolerant inside the block; yield the one for output."""
    before = sys.stdout, sys.stderr
    output, messages = TolerantStream(before[0]), TolerantStream(before[1])
    sys.stdout, sys.stderr = cast("TextIO", output), cast("TextIO", messages)
    try:
        yield output
    finally:
        output.flush()
        messages.flush()
        sys.stdout, sys.stderr = before


def find_write_error(output: TolerantStream) -> OSError | None:
    """Return why output could not be written; None if all was written or the reader closed the pipe."""
    failure = output.failure
    return None if failure is None or failure.errno in (errno.EPIPE, errno.EBADF) else failure
