"""The command `agree`: exit codes and the files it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from support.legs import OTHER, make_report
from verify.files.goldens import locate_golden, read_golden

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
