"""The fleet in docs/evidence.md is the recorded one, and the record agrees with goldens, members and the claim."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout


@pytest.fixture
def record(checkout: Path) -> dict[str, Any]:
    """Return the recorded fleet."""
    found: dict[str, Any] = json.loads((checkout / "docs/fleet.json").read_text())
    return found


def write_page(checkout: Path, agreement: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    """Write an agreement into copies of record and page."""
    (folder / "agreement.json").write_text(json.dumps(agreement))
    (folder / "evidence.md").write_text((checkout / "docs/evidence.md").read_text())
    names = ("agreement.json", "fleet.json", "evidence.md")
    command = [
        sys.executable,
        str(checkout / "delivery/fleet/page.py"),
        *(str(folder / name) for name in names),
        agreement["date"],
    ]
    return subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")


def as_printed(record: dict[str, Any]) -> dict[str, Any]:
    """Return what the program had printed before it was kept."""
    return {**record, "legs": [{**leg, "checks": [{}] * leg["checks"]} for leg in record["legs"]]}


@pytest.mark.process
def test_the_page_shows_the_record(checkout: Path, record: dict[str, Any], tmp_path: Path) -> None:
    """Writing the record again changes nothing; control: other figures of a leg change the page."""
    shown = (checkout / "docs/evidence.md").read_text()
    assert write_page(checkout, as_printed(record), tmp_path).returncode == 0
    assert (tmp_path / "evidence.md").read_text() == shown
    assert json.loads((tmp_path / "fleet.json").read_text()) == record
    record["legs"][-1]["NumPy"] = "1.2.3"
    assert write_page(checkout, as_printed(record), tmp_path).returncode == 0
    assert (tmp_path / "evidence.md").read_text() != shown


def test_the_record_holds_the_claim(checkout: Path, record: dict[str, Any]) -> None:
    """Eight instruction sets, both byte orders, every member of fleet.toml, each with the golden digests."""
    fleet = tomllib.loads((checkout / "delivery/fleet/fleet.toml").read_text())
    members = [member["name"] for member in fleet["members"]]
    goldens = {
        name: json.loads((checkout / f"verify/goldens/{name}.json").read_text())["digests"]["run"]
        for name in fleet["configs"]
    }
    assert set(goldens) >= {"smoke", "baseline"}
    assert [leg["member"] for leg in record["legs"]] == members
    assert all(leg["digests"] == goldens for leg in record["legs"])
    assert all(leg["verdict"] == "identical" and leg["checks"] > 20 for leg in record["legs"])
    assert record["verdict"] == "identical"
    assert len({leg["ISA"] for leg in record["legs"]}) >= 8
    assert {leg["bytes"] for leg in record["legs"]} == {"big", "little"}
    assert record["seconds"] < 3600


@pytest.mark.process
@pytest.mark.parametrize("verdict", ["different", "could-not-judge"])
def test_a_fleet_that_disagrees_is_not_recorded(
    checkout: Path, record: dict[str, Any], tmp_path: Path, verdict: str
) -> None:
    """Nothing is written, and the exit code says so."""
    outcome = write_page(checkout, {**as_printed(record), "verdict": verdict}, tmp_path)
    assert outcome.returncode == 1
    assert verdict in outcome.stderr
    assert not (tmp_path / "fleet.json").exists()
