"""The command `agree`: exit codes and the files it writes."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from support.edits import swap
from support.legs import OTHER, make_report
from verify.files.goldens import locate_golden, read_golden

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_command_ends_with_the_verdict(call: Callable[..., int], tmp_path: Path) -> None:
    """Exit codes 0, 1 and 3; the table is added to a file that is there already."""
    (tmp_path / "reports").mkdir()
    golden = read_golden(locate_golden("smoke")).digests.run
    for name in ("a", "b"):
        (tmp_path / "reports" / f"{name}.json").write_text(json.dumps(make_report(golden)))
    expect, summary = tmp_path / "legs.json", tmp_path / "summary.md"
    expect.write_text(json.dumps([{"name": name, "os": "x", "configs": ["smoke"]} for name in ("a", "b")]))
    summary.write_text("before\n")
    assert call("agree", tmp_path / "reports", "--expect", expect, "--markdown", summary) == 0
    assert summary.read_text().startswith("before\n**identical**")
    expect.write_text('["a", "b"]')
    assert call("agree", tmp_path / "reports", "--expect", expect) == 3  # the quick set is more than smoke
    expect.write_text('["a", "b", "c"]')
    assert call("agree", tmp_path / "reports", "--expect", expect, "--junit", tmp_path / "out.xml") == 3
    (tmp_path / "reports" / "c.json").write_text(json.dumps(make_report(OTHER)))
    assert call("agree", tmp_path / "reports", "--expect", expect, "--json") == 1
    for text in ("{", "{}", '"ab"'):
        expect.write_text(text)
        assert call("agree", tmp_path / "reports", "--expect", expect) == 2
    assert call("agree", tmp_path / "reports", "--markdown", expect / "x.md") == 2


HOSTILE = "\x1b[2J\nidentical: 2 of 2 legs identical\n::error::forged ##[add-mask]x <img src=x> [l](http://l) |"


def test_one_bad_report_does_not_cost_the_table(call: Callable[..., int], tmp_path: Path) -> None:
    """Reports that are no reports, pipes among them, are legs with an error; the good ones stay in the table."""
    golden = read_golden(locate_golden("smoke")).digests.run
    good = make_report(golden)
    rows = good["goldens"][0]
    bad = {
        "list": {**good, "goldens": [{**rows, "config": ["a"]}]},
        "parent": {**good, "goldens": [{**rows, "config": "../.."}]},
        "device": {**good, "goldens": [{**rows, "config": "/dev/zero"}]},
        "line": {**good, "goldens": [{**rows, "config": "a\n::error::b"}]},
        "long": {**good, "goldens": [{**rows, "config": "a" * 20_000}]},
        "number": {**good, "goldens": [{**rows, "found": 1}]},
        "none": None,
    }
    for name, report in {"good": good, **bad}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    (tmp_path / "surrogate.json").write_text(swap(json.dumps({**good, "verdict": "X"}), "X", "\\ud800"))
    (tmp_path / "deep.json").write_text("[" * 100_000)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.json")
    summary = tmp_path / "summary.md"
    assert call("agree", tmp_path, "--markdown", summary) == 3
    table = summary.read_text()
    assert "| good |" in table
    assert table.count("no report") >= len(bad) + 2


def test_hostile_report_stays_in_its_cells(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a report says, it gives no further line, no command to GitHub, no HTML, no sequence to a terminal."""
    report = make_report(read_golden(locate_golden("smoke")).digests.run)
    report["environment"] = {
        "compared": dict.fromkeys(("machine", "byte_order", "blas.name", "numpy.version"), HOSTILE),
        "context": {"cpu.model": HOSTILE},
    }
    report["verdict"] = "different"
    report["checks"].append({**report["checks"][0], "title": HOSTILE, "status": HOSTILE, "found": HOSTILE})
    (tmp_path / f"::error::{'a' * 5}.json").write_text(json.dumps(report))
    summary, junit = tmp_path / "summary.md", tmp_path / "junit.xml"
    assert call("agree", tmp_path, "--markdown", summary, "--junit", junit) == 1
    printed = capsys.readouterr()
    for text in (printed.err + printed.out, summary.read_text(), junit.read_text()):
        assert "\x1b" not in text
        assert "##[" not in text
        assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
        assert not [line for line in text.splitlines() if line.startswith("identical")]
    assert "<img" not in summary.read_text()
    assert not re.search(r"(?<!\\)\]\(", summary.read_text())
