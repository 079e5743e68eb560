"""A trial: what one run of the program in one world gave."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import attrs

from appliance.vary.world import World
from verify.digests import digest_bytes


@attrs.frozen(kw_only=True)
class Output:
    """One output: a file, a member of it is not counted, or standard output.

    Args:
        kind: the format as which it was read.
        content: the digest of its contents.
        raw: the digest of its bytes.
        stamps: what its bytes hold beside the contents, such as a time stamp.
    """

    kind: str
    content: str
    raw: str
    stamps: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Trial:
    """What one run gave.

    Args:
        ending: "" for exit code 0, otherwise in words how it ended.
        outputs: every output by its name; empty if it failed.
        tail: the end of its messages, if it failed.
        seconds: wall time.
        place: the name of the directory in which its outputs are kept; None if they are not.
        left: command lines of processes that it left behind.
        outside: places outside of its directory that changed while it ran.
    """

    ending: str = ""
    outputs: Mapping[str, Output] = attrs.field(factory=dict)
    tail: str = ""
    seconds: float = 0.0
    place: str | None = None
    left: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    def read_content(self, name: str) -> str | None:
        """Return the digest of the contents of one output; None if it was not written."""
        output = self.outputs.get(name)
        return None if output is None else output.content

    def sign(self, ignored: Iterable[str] = ()) -> str:
        """Return one digest of how it ended and of every output that is not ignored."""
        skipped = frozenset(ignored)
        parts = [f"{name}\0{output.content}" for name, output in sorted(self.outputs.items()) if name not in skipped]
        return digest_bytes("\n".join([self.ending, *parts]).encode("utf-8", errors="surrogateescape"))


class Laboratory(Protocol):
    """Where worlds are run."""

    def observe(self, world: World, repeat: int = 0) -> "Trial":
        """Return the trial of a world with this number, which is run only if it was not run before."""

    def observe_used(self, repeat: int = 0) -> "Trial | None":
        """Return a run in a directory that a run of the baseline has used; None if there is no such directory."""


class BudgetSpentError(Exception):
    """The time for the search is over."""
