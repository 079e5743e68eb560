"""The inventory: every defect among the goldens is reported, and nothing is no success."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.specimens import change, make_golden, make_record, parse_unsound, reseal
from verify.bits import BITS_VERSION
from verify.files.goldens import write_golden
from verify.judging.inventory import check_goldens
from verify.results import EXIT_CODES, judge

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = make_record()["config_digest"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a directory with one sound golden called `sample`."""
    write_golden(tmp_path / "sample.json", parse_unsound(make_golden()))
    return tmp_path


def test_sound_goldens_pass(directory: Path) -> None:
    """One golden for one configuration with the same settings is a pass."""
    results = check_goldens({"sample": DIGEST}, directory)
    assert [(row.id, row.status) for row in results] == [("G002", "pass")]


def test_no_golden_at_all_is_no_success(tmp_path: Path) -> None:
    """An empty directory with no configurations passes nothing."""
    results = check_goldens({}, tmp_path)
    assert [row.id for row in results] == ["G005"]
    assert judge(results) == "could-not-judge"


def test_missing_golden_is_reported(directory: Path) -> None:
    """A configuration without golden could not be judged."""
    results = check_goldens({"sample": DIGEST, "other": DIGEST}, directory)
    assert [(row.id, row.where) for row in results if row.status != "pass"] == [("G003", "other")]
    assert judge(results) == "could-not-judge"


def test_unused_golden_is_reported(directory: Path) -> None:
    """A golden without a configuration is reported."""
    results = check_goldens({}, directory)
    assert ("G004", "fail", "sample") in [(row.id, row.status, row.where) for row in results]
    assert EXIT_CODES[judge(results)] == 1


def test_other_settings_are_reported(directory: Path) -> None:
    """A golden made with other settings than the file's is out of date."""
    other = "sha256:" + "0" * 64
    results = check_goldens({"sample": other}, directory)
    assert [(row.id, row.status, row.expected, row.found) for row in results] == [("G002", "fail", DIGEST, other)]


@pytest.mark.parametrize(
    ("damaged", "title"),
    [
        (json.dumps(change(make_golden(), "seed", 8)), "a golden was changed after it was recorded"),
        (json.dumps({**make_golden(), "schema": "x"}), "a golden has another schema"),
        (json.dumps(reseal({**make_golden(), "bits": BITS_VERSION + 1})), "a golden has another bits version"),
        ("{", "a golden is not JSON"),
    ],
    ids=["tampered", "schema", "bits", "text"],
)
def test_damaged_golden_is_reported(directory: Path, damaged: str, title: str) -> None:
    """A golden that cannot be used is named: could not judge."""
    (directory / "sample.json").write_text(damaged, encoding="utf-8")
    results = check_goldens({"sample": DIGEST}, directory)
    assert [(row.id, row.status, row.title, row.where) for row in results] == [
        ("G001", "could-not-judge", title, str(directory / "sample.json"))
    ]


def test_every_defect_is_reported_at_once(directory: Path) -> None:
    """One defect does not hide another."""
    (directory / "broken.json").write_text("{", encoding="utf-8")
    results = check_goldens({"sample": "sha256:" + "0" * 64, "broken": DIGEST, "missing": DIGEST}, directory)
    assert sorted(row.id for row in results) == ["G001", "G002", "G003"]
    assert all(row.remedy for row in results)
