"""Command lines with odd words: every one ends with a documented exit code and with text that is safe to show."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = (
    "pipe", "pipe.toml", "folder", "folder.toml", "empty", "empty.toml", "bad.toml", "cut.json", "loop", "/dev/zero",
    "/dev/full", "", " ", "..", "-", "a\nb", "\x1b[31m", "\udcff", "a" * 5000, "9" * 20, "-1", "nan", "=", "x=[[[[",
    "::error::x", "##[group]", "a\0b", "seed=" + "9" * 30, "training.epochs=1e999",
    "model.layers=[784, 4611686018427387904]",
)  # fmt: skip
COMMANDS = (
    "config show", "config new", "golden check --goldens", "golden list --goldens", "data list --data-dir",
    "data check", "data check synthetic --data-dir", "data fetch", "agree", "agree --expect empty",
    "agree empty --markdown", "agree empty --junit", "fleet", "fleet --members", "fingerprint --diff empty",
    "diff empty", "benchmark --suite cost --from", "benchmark --suite", "train --config",
    "train --config smoke --profile", "train --config smoke --threads", "predict empty",
    "export empty --format", "no-such",
)  # fmt: skip


@pytest.fixture
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to a directory with files that are none, or not what their names say."""
    monkeypatch.chdir(tmp_path)
    for name in ("folder", "folder.toml"):
        (tmp_path / name).mkdir()
    for name, content in (("empty", b""), ("empty.toml", b""), ("bad.toml", b"\xff\xfe"), ("cut.json", b'{"a":1')):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "pipe.toml"):
        os.mkfifo(tmp_path / name)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.usefixtures("_place")
@pytest.mark.parametrize("command", COMMANDS)
def test_odd_words_end_in_documented_errors(
    command: str, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """No internal error, no traceback, no sequence to a terminal, no forged command; with --json one object."""
    for word in WORDS:
        for options in ([], ["--json"]):
            assert call(*command.split(), word, *options) in (0, 1, 2, 3), word
            printed = capsys.readouterr()
            text = printed.out + printed.err
            assert "internal error" not in text, word
            assert "Traceback" not in text, word
            assert not {"\x1b", "\x9b"} & set(text), word
            assert "##[" not in text, word
            assert not [line for line in text.splitlines() if line.lstrip().startswith("::")], word
            assert not options or isinstance(json.loads(printed.out), dict), word
