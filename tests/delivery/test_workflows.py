"""The workflows: one list of legs, everything pinned, least rights, and a bill of materials that leaves nothing out."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from delivery import sbom
from delivery.matrix.legs import list_legs
from delivery.matrix.needs import judge_needs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

_PINNED = re.compile(r"^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def find_loose_actions(text: str) -> list[str]:
    """Return the actions that are not pinned by a commit with a comment that says the version."""
    used = re.findall(r"uses: (.+)", text)
    return [
        action
        for action in used
        if not (_PINNED.match(action.strip()) or action.startswith(("./.github/workflows/", "./ ")))
    ]


def find_careless_jobs(text: str) -> list[str]:
    """Return the jobs without a time limit, without rights of their own, or on a runner that is not named exactly.

    The jobs of a workflow that is called have limits of their own.
    """
    jobs = re.split(r"\n  (?=[a-z-]+:\n)", text.partition("\njobs:\n")[2])
    careless = []
    for job in jobs:
        name = job.strip().partition(":")[0]
        limited = "timeout-minutes:" in job or "uses: ./.github/workflows/" in job
        if not limited or "permissions:" not in job or "-latest" in job:
            careless.append(name)
    return careless


def test_legs_are_the_ones_that_the_program_lists(checkout: Path) -> None:
    """The checked-in list is what its program writes, with unique names and everything that was asked for."""
    legs: list[dict[str, str]] = json.loads((checkout / "delivery/matrix/legs.json").read_text())
    assert legs == list_legs()
    assert len({leg["name"] for leg in legs}) == len(legs)
    wheels = {(leg["os"].split("-")[0], leg["python"]) for leg in legs if leg["kind"] == "wheel"}
    pythons = ("3.11", "3.12", "3.13", "3.14")
    assert wheels >= {(system, python) for system in ("ubuntu", "macos", "windows") for python in pythons}
    assert {leg["numpy"] for leg in legs if leg["kind"] == "wheel"} == {"locked", "1.24", "newest"}
    images = {(leg["os"], leg["target"]) for leg in legs if leg["kind"] == "image"}
    assert images == {(os, target) for os in ("ubuntu-24.04", "ubuntu-24.04-arm") for target in ("nix", "wheels")}
    assert {leg["os"].split("-")[0] for leg in legs if leg["kind"] == "nix"} == {"ubuntu", "macos"}


def test_workflow_runs_and_expects_that_list(checkout: Path) -> None:
    """Matrix and judgement read the same file, and the judgement waits for every leg, failed or not."""
    text = (checkout / ".github/workflows/ci.yml").read_text()
    for kind in ("wheels", "nix", "images", "fleet"):
        assert f"fromJSON(needs.wheel.outputs.{kind})" in text
    agree = text.partition("\n  agree:\n")[2]
    assert "--expect delivery/matrix/legs.json" in agree
    assert "if: always()" in agree
    jobs = re.findall(r"^  ([a-z-]+):$", text.partition("\njobs:\n")[2], flags=re.MULTILINE)
    assert f"needs: [{', '.join(job for job in jobs if job != 'agree')}]" in agree
    assert "NEEDS: ${{ toJSON(needs) }}" in agree
    assert text.count("--network none") == 1


def test_reports_of_the_workflow_say_their_commit(checkout: Path) -> None:
    """The variable is set for every job; a container gets no variable that is not passed to it."""
    text = (checkout / ".github/workflows/ci.yml").read_text()
    before, _, jobs = text.partition("\njobs:\n")
    assert "\nenv:\n  REPRO_APPLIANCE_COMMIT: ${{ github.sha }}\n" in before
    runs = re.findall(r"docker run [^\n]*(?:\\\n[^\n]*)*", jobs)
    assert runs
    assert all("--env REPRO_APPLIANCE_COMMIT" in run for run in runs)


def test_fleet_of_the_workflow_is_declared(checkout: Path) -> None:
    """Every emulated leg is a member by id, and has to judge what the fleet verifies."""
    fleet = tomllib.loads((checkout / "delivery/fleet/fleet.toml").read_text())
    ids = {member["id"] for member in fleet["members"]}
    legs = [leg for leg in list_legs() if leg["kind"] == "fleet"]
    assert len(legs) > 8
    assert all(leg["member"] in ids and leg["name"] == f"fleet-{leg['member']}" for leg in legs)
    assert all(leg["configs"] == fleet["configs"] for leg in legs)


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped", None])
def test_last_job_is_red_unless_every_other_succeeded(result: str | None) -> None:
    """One job that failed, was left out or says nothing; no job at all; and all of them well."""
    good = {"style": {"result": "success"}, "wheel": {"result": "success"}}
    assert judge_needs(good)[1] == 0
    assert judge_needs({**good, "wheel": {"result": result}})[1] == 1
    assert judge_needs({})[1] == 1


@pytest.mark.parametrize(
    "name", [".github/workflows/ci.yml", ".github/workflows/release.yml", "examples/action/reproducible.yml"]
)
def test_workflows_are_pinned_and_careful(checkout: Path, name: str) -> None:
    """Actions by commit, no rights at the top, limits everywhere, nothing of ours in a registry's name."""
    text = (checkout / name).read_text()
    assert "uses:" in text
    assert find_loose_actions(text) == []
    assert find_careless_jobs(text) == []
    assert "\npermissions: {}\n" in text
    assert "\nconcurrency:\n" in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


def test_careless_workflows_are_noticed() -> None:
    """Negative controls: a tag instead of a commit, a job without a limit, a runner that moves."""
    assert find_loose_actions("uses: actions/checkout@v4")
    assert find_loose_actions("uses: actions/checkout@" + "a" * 40)
    limits = "    timeout-minutes: 5\n    permissions: {}\n"
    assert find_careless_jobs("\njobs:\n  a:\n    runs-on: x\n" + limits) == []
    assert find_careless_jobs("\njobs:\n  a:\n    runs-on: x\n    permissions: {}\n") == ["a"]
    assert find_careless_jobs("\njobs:\n  a:\n    runs-on: ubuntu-latest\n" + limits) == ["a"]


def test_bill_of_materials_holds_every_locked_file(checkout: Path) -> None:
    """Each package of the lock with each of its hashes, and Python and OpenBLAS; the same text each time."""
    lock = (checkout / "requirements.lock").read_text()
    pins: dict[str, Any] = json.loads((checkout / "verify/pins.json").read_text())
    bom = sbom.make_bom(lock, pins, "1.0")
    components = {part["name"]: part for part in bom["components"]}
    assert bom["specVersion"] == "1.6"
    assert set(re.findall(r"^([a-z0-9-]+)==", lock, flags=re.MULTILINE)) | {"python", "openblas"} == set(components)
    hashes = {entry["content"] for part in bom["components"] for entry in part.get("hashes", ())}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    assert bom == sbom.make_bom(lock, pins, "1.0")
    assert bom["serialNumber"] != sbom.make_bom(lock, pins, "1.1")["serialNumber"]
