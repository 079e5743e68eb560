"""Words in capital letters that stand for something of the reader's, and what takes their place in the tests."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "NAME": "smoke",
        "NAME_OR_PATH": "smoke",
        "TEST": "tests/test_x.py",
        "LOCK_A": "old.lock",
        "LOCK_B": "new.lock",
        "MEMBER": "s390x",
        "yours.py": "train.py",
        "RUN": "runs/a",
        "RUN_DIR": "runs/a",
        "RUN_A": "runs/a",
        "RUN_B": "runs/b",
        "A": "runs/a",
        "B": "runs/b",
        "MORE": "runs/c",
        "N": "2",
        "KEY=V1,V2": "training.batch_size=16,32",
        "KEY=VALUE": "training.epochs=1",
        "DATA": "synthetic",
        "DIR": "new-folder",
        "FILE": "new-file",
        "FILE.html": "new-file.html",
        "FILE.zip": "bundle.zip",
        "BUNDLE": "bundle.zip",
        "PATH": "new-path",
        "MODULE": "json",
        "COMMAND": "python train.py",
        "REPORT": "reports/one.json reports/two.json",
        # Configurations that train for minutes, or on published files: the same command on one that takes a second.
        "mnist-mlp": "smoke",
        "lenet-small": "smoke",
    }
)
"""In every command."""

OF_COMMANDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "golden record": {"NAME": "mine.toml", "PATH": "tests", "NAME_OR_PATH": "mine.toml"},
        "golden check": {"DIR": "goldens", "PATH": "tests"},
        "golden list": {"DIR": "goldens", "PATH": "tests"},
        "data check": {"NAME": "synthetic"},
        "data generate": {"NAME": "made --train-samples 64"},
        "config new": {"PATH": "new.toml"},
        "runs": {"DIR": "results"},
    }
)
"""Where a word stands for something else in the commands of this name."""

MISSING: Mapping[str, str] = MappingProxyType(
    {
        "train": "smoke",
        "benchmark": "smoke",
        "config show": "smoke",
        "config new": "new.toml",
        "data check": "synthetic",
        "data generate": "made --train-samples 64",
        "data fetch": "mnist",
        "diff": "runs/a runs/b",
        "why": "runs/a runs/b",
        "golden record": "mine.toml",
        "predict": "runs/a synthetic",
        "checklist": "runs/a",
        "export": "runs/a -o new-export",
        "vary": "-- python train.py",
    }
)
"""What a command that a page only mentions, such as `diff --json`, needs to be a whole one."""


def complete(line: str, name: str) -> str:
    """Return a command that a page only mentions with what it needs to be a whole one."""
    head, dashes, tail = line.partition(" -- ")
    return f"{head} {MISSING[name]}{dashes}{tail}" if name in MISSING else line


def fill(line: str, name: str) -> str:
    """Return a line with the words that stand for something replaced; `name` is that of its command."""
    words = {**WORDS, **OF_COMMANDS.get(name, {})}
    longest = sorted(words, key=len, reverse=True)
    pattern = re.compile(r"(?<![\w./=-])(?:" + "|".join(map(re.escape, longest)) + r")(?![\w=.-]*\w)")
    return pattern.sub(lambda found: words[found[0]], line)
