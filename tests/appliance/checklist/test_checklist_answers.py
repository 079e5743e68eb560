"""The checklist of a run: its parts, its forms, and runs that cannot be read."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.checklist import answer_checklist
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def smoke(smoke_run: Path, tmp_path: Path) -> Path:
    """Return a copy of a run of smoke."""
    return shutil.copytree(smoke_run, tmp_path / "smoke")


def test_five_parts_have_items(smoke: Path) -> None:
    """Each of the five parts has items whose ids begin with the part, and no id is there twice."""
    found = answer_checklist(smoke)
    assert [part.id for part in found.parts] == ["environment", "data", "determinism", "artifacts", "reporting"]
    for part in found.parts:
        assert part.items
        assert all(item.id.startswith(f"{part.id}.") for item in part.items)
    names = [item.id for item in found.items]
    assert len(set(names)) == len(names)


def test_json_has_every_item(smoke: Path) -> None:
    """The JSON form can be written, and has status and evidence of every item."""
    body = json.loads(json.dumps(answer_checklist(smoke).to_json()))
    assert body["schema"] == "repro-appliance/checklist/1"
    items = [item for part in body["parts"] for item in part["items"]]
    assert sum(body["counts"].values()) == len(items)
    assert all(item["evidence"] for item in items)


def test_run_without_a_record_cannot_be_judged(smoke: Path, tmp_path: Path) -> None:
    """No record is exit code 3, no directory is exit code 2."""
    (smoke / "record.json").unlink()
    with pytest.raises(CouldNotJudgeError):
        answer_checklist(smoke)
    with pytest.raises(UsageError):
        answer_checklist(tmp_path / "nothing")
