"""Running the program as a user does: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@attrs.frozen(kw_only=True)
class Outcome:
    """What a finished command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def body(self) -> dict[str, Any]:
        """Return standard output as JSON."""
        value: dict[str, Any] = json.loads(self.out)
        return value


class RunProgram(Protocol):
    """Runs the program; extra keywords are environment variables."""

    def __call__(
        self, *arguments: str, cwd: Path | None = None, prefix: Sequence[str] = (), **variables: str
    ) -> Outcome:
        """Run it with these arguments, in `cwd` or an empty directory, behind the words of `prefix`."""


@pytest.fixture
def run_program(tmp_path: Path) -> RunProgram:
    """Return a function that runs the program in an empty directory and waits for it."""

    def run(*arguments: str, cwd: Path | None = None, prefix: Sequence[str] = (), **variables: str) -> Outcome:
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("REPRO_APPLIANCE_LAUNCHED")
        }
        environment.update(variables)
        command = [*prefix, sys.executable, *_FLAGS, "-m", "appliance", *arguments]
        done = subprocess.run(
            command, cwd=cwd or tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)

    return run


_FLAGS = ("-P",) if sys.flags.safe_path else ()
