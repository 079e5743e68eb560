"""Runs as RO-Crates: every file with its digest, what made it, and nothing that is not known."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from support.exported_runs import export_to, read_entities, write_runs
from verify.digests import digest_bytes
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_METADATA = "ro-crate-metadata.json"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return run directories by verdict."""
    return write_runs(tmp_path_factory.mktemp("runs"))


def list_ids(value: Any) -> list[str]:  # noqa: ANN401 - one reference or several
    """Return the identifiers that a property refers to."""
    return [one["@id"] for one in (value if isinstance(value, list) else [value])]


def test_every_file_has_its_size_and_digest(runs: dict[str, Path], tmp_path: Path) -> None:
    """The metadata lists exactly the files that are there, with their sizes and SHA-256."""
    export_to("ro-crate", tmp_path / "crate", runs["identical"])
    entities = read_entities(tmp_path / "crate" / _METADATA)
    files = {name: one for name, one in entities.items() if one["@type"] == "File"}
    there = [path for path in sorted((tmp_path / "crate").rglob("*")) if path.is_file() and path.name != _METADATA]
    assert sorted(files) == [path.relative_to(tmp_path / "crate").as_posix() for path in there]
    assert sorted(files) == sorted(list_ids(entities["./"]["hasPart"]))
    for path in there:
        entity, content = files[path.relative_to(tmp_path / "crate").as_posix()], path.read_bytes()
        assert entity["contentSize"] == str(len(content))
        assert f"sha256:{entity['sha256']}" == digest_bytes(content)


def test_action_names_what_was_used_and_what_came_out(runs: dict[str, Path], tmp_path: Path) -> None:
    """Every reference of the action is an entity; the program, what it computes with, and the data have versions."""
    export_to("ro-crate", tmp_path / "crate", runs["identical"])
    entities = read_entities(tmp_path / "crate" / _METADATA)
    action = entities[list_ids(entities["./"]["mentions"])[0]]
    record = json.loads((runs["identical"] / "record.json").read_text("utf-8"))
    program = entities[action["instrument"]["@id"]]
    names = [entities[one]["name"] for one in list_ids(program["softwareRequirements"])]
    data = next(entities[one] for one in list_ids(action["object"]) if entities[one]["@type"] != "File")
    results = [entities[one] for one in list_ids(action["result"])]
    assert (program["name"], names[:2]) == ("repro-appliance", ["Python", "NumPy"])
    assert data["identifier"] == record["digests"]["dataset"]
    assert {one["name"]: one["value"] for one in results if one["@type"] == "PropertyValue"} == record["metrics"]
    assert "agent" not in action
    assert entities["#license"]["name"] == "No terms were stated"


def test_terms_and_agent_are_what_was_said(runs: dict[str, Path], tmp_path: Path) -> None:
    """With --license and --agent the crate names both; texts of other forms are refused."""
    who = "Ada Example <https://orcid.org/0000-0002-1825-0097>"
    export_to("ro-crate", tmp_path / "crate", runs["identical"], license="CC-BY-4.0", agent=who)
    entities = read_entities(tmp_path / "crate" / _METADATA)
    assert entities["./"]["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}
    assert entities["https://orcid.org/0000-0002-1825-0097"]["name"] == "Ada Example"
    for options in ({"license": "mine & yours"}, {"agent": "Ada <javascript:alert(1)>"}, {"agent": "A\x1b[2J"}):
        with pytest.raises(UsageError):
            export_to("ro-crate", tmp_path / "other", runs["identical"], **options)
    assert not (tmp_path / "other").exists()


def test_two_exports_are_equal_byte_for_byte(runs: dict[str, Path], tmp_path: Path) -> None:
    """An archive of one run has the same bytes each time; its entries are stored, and have one time and one mode."""
    both = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for out in both:
        export_to("ro-crate", out, *runs.values())
    assert both[0].read_bytes() == both[1].read_bytes()
    with zipfile.ZipFile(both[0]) as archive:
        entries = archive.infolist()
        assert {(one.compress_type, one.date_time, one.external_attr) for one in entries} == {
            (zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0), 0o100644 << 16)
        }
        assert [one.filename for one in entries] == sorted(one.filename for one in entries)
        metadata = json.loads(archive.read(_METADATA))
    assert [one["@type"] for one in metadata["@graph"]].count("CreateAction") == len(runs)


def test_run_that_is_not_sound_is_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    """Negative control: with one byte of the weights changed, nothing is written."""
    copy = tmp_path / "run"
    copy.mkdir()
    for path in sorted(runs["identical"].iterdir()):
        (copy / path.name).write_bytes(path.read_bytes())
    weights = bytearray((copy / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "weights.safetensors").write_bytes(bytes(weights))
    with pytest.raises(CouldNotJudgeError, match="not sound"):
        export_to("ro-crate", tmp_path / "crate", copy)
    assert not (tmp_path / "crate").exists()


def test_name_that_is_taken_is_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    """A directory that holds something stays as it is; a run is exported once."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="taken"):
        export_to("ro-crate", tmp_path / "taken", runs["identical"])
    with pytest.raises(UsageError, match="once"):
        export_to("ro-crate", tmp_path / "new", runs["identical"], runs["identical"])
    with pytest.raises(UsageError, match="no such format"):
        export_to("nosuch", tmp_path / "new", runs["identical"])
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["taken", "mine.txt"]
