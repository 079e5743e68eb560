"""Judgements of runs as in-toto Statements: files and results as subjects, the checks by their outcome."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.exported_runs import export_to, write_runs
from verify.digests import digest_bytes
from verify.errors import UsageError
from verify.files.golden import GOLDEN, seal
from verify.files.goldens import DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return run directories by verdict."""
    return write_runs(tmp_path_factory.mktemp("runs"))


def read_statements(path: Path) -> list[dict[str, Any]]:
    """Return the statements in a file."""
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_subjects_are_the_files_and_results(runs: dict[str, Path], tmp_path: Path) -> None:
    """Both statements are about every file of the run, and about the digest of every stage."""
    export_to("in-toto", tmp_path / "a.jsonl", runs["identical"])
    tests, judgement = read_statements(tmp_path / "a.jsonl")
    files = {path.name: digest_bytes(path.read_bytes()) for path in runs["identical"].iterdir()}
    digests = json.loads((runs["identical"] / "record.json").read_text("utf-8"))["digests"]
    expected = {**files, **{f"result:{stage}": digest for stage, digest in digests.items()}}
    for statement in (tests, judgement):
        assert statement["_type"] == "https://in-toto.io/Statement/v1"
        assert {one["name"]: f"sha256:{one['digest']['sha256']}" for one in statement["subject"]} == expected
    assert tests["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"


@pytest.mark.parametrize(("verdict", "result"), [("identical", "PASSED"), ("could-not-judge", "WARNED")])
def test_result_follows_the_verdict(verdict: str, result: str, runs: dict[str, Path], tmp_path: Path) -> None:
    """A run that could not be judged is a warning; our own predicate says so in its own words."""
    export_to("in-toto", tmp_path / "a.jsonl", runs[verdict])
    tests, judgement = (one["predicate"] for one in read_statements(tmp_path / "a.jsonl"))
    assert tests["result"] == result
    assert judgement["verdict"] == verdict
    assert bool(tests["warnedTests"]) == (verdict == "could-not-judge")
    assert (judgement["golden"] is None) == (verdict == "could-not-judge")
    assert tests["failedTests"] == []
    assert len(tests["configuration"]) == (3 if verdict == "identical" else 2)


def test_run_with_other_results_has_failed(runs: dict[str, Path], tmp_path: Path) -> None:
    """Negative control: with another golden the same run has failed, and the checks that failed are named."""
    golden = json.loads((DIRECTORY / "smoke.json").read_text("utf-8"))
    golden["digests"]["final_weights"] = "sha256:" + "0" * 64
    goldens = tmp_path / "goldens"
    goldens.mkdir()
    (goldens / "smoke.json").write_text(GOLDEN.format(seal(GOLDEN.parse(golden, "a test"))), encoding="utf-8")
    export_to("in-toto", tmp_path / "a.jsonl", runs["identical"], goldens=goldens)
    tests, judgement = (one["predicate"] for one in read_statements(tmp_path / "a.jsonl"))
    assert (tests["result"], judgement["verdict"]) == ("FAILED", "different")
    assert len(tests["failedTests"]) == 1
    assert judgement["sentence"].startswith("the run differs from its golden: ")


def test_two_exports_are_equal_and_name_no_place(runs: dict[str, Path], tmp_path: Path) -> None:
    """The same run gives the same bytes from another place, which no statement names."""
    for number, name in enumerate(("a", "b")):
        copy = tmp_path / name / f"copy-{number}"
        copy.mkdir(parents=True)
        for path in sorted(runs["could-not-judge"].iterdir()):
            (copy / path.name).write_bytes(path.read_bytes())
        export_to("in-toto", tmp_path / f"{name}.jsonl", copy)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert str(tmp_path) not in (tmp_path / "a.jsonl").read_text("ascii")
    with pytest.raises(UsageError, match="unknown form"):
        export_to("in-toto", tmp_path / "a.json", runs["could-not-judge"])
