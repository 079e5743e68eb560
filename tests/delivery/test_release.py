"""The release: it waits for every leg, says early what is missing, and signs where no code of the project runs."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from verify.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

_OWN_CODE = re.compile(r"\b(make|pytest|docker run|bash delivery|python3? delivery|repro-appliance verify)\b")


def split_jobs(text: str) -> dict[str, str]:
    """Return the text of each job of a workflow by its name."""
    parts = re.split(r"^  ([a-z-]+):\n", text.partition("\njobs:\n")[2], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def read_needs(job: str) -> list[str]:
    """Return the jobs that a job waits for directly."""
    found = re.search(r"^    needs: (.+)$", job, flags=re.MULTILINE)
    return re.findall(r"[a-z-]+", found[1]) if found else []


def list_before(name: str, jobs: dict[str, str]) -> set[str]:
    """Return all jobs that must have succeeded before a job starts."""
    direct = read_needs(jobs[name])
    return set(direct).union(*(list_before(job, jobs) for job in direct))


def find_signing_jobs_with_code(jobs: dict[str, str]) -> list[str]:
    """Return the jobs that may sign and also run code of the project."""
    return [name for name, job in jobs.items() if "id-token: write" in job and _OWN_CODE.search(job)]


def find_containers_without_certificates(jobs: dict[str, str]) -> list[str]:
    """Return the jobs in a Debian container that install packages and do not name the certificates."""
    return [name for name, job in jobs.items() if "apt-get install" in job and "ca-certificates" not in job]


@pytest.fixture
def ci(checkout: Path) -> str:
    """Return the text of the workflow that tries everything."""
    return (checkout / ".github/workflows/ci.yml").read_text(encoding="utf-8")


@pytest.fixture
def release(checkout: Path) -> dict[str, str]:
    """Return the jobs of the release."""
    return split_jobs((checkout / ".github/workflows/release.yml").read_text(encoding="utf-8"))


def test_everything_waits_for_the_settings_and_every_leg(release: dict[str, str], ci: str) -> None:
    """What is unset is said first; then all of ci, with the job that compares the legs; then the rest."""
    assert read_needs(release["settings"]) == []
    assert list_before("ci", release) == {"settings"}
    assert "uses: ./.github/workflows/ci.yml" in release["ci"]
    assert "agree" in split_jobs(ci)
    assert all({"settings", "ci"} <= list_before(job, release) for job in set(release) - {"settings", "ci"})


def test_nothing_is_published_before_it_is_signed(release: dict[str, str]) -> None:
    """Tag of the image, wheel in the index and page of the release come last, with the files that ci tried."""
    for job in ("tag-image", "publish-wheel", "publish"):
        assert {"attest", "image", "files"} <= list_before(job, release)
    assert "name: wheel" in release["files"]
    assert "make wheel" not in "".join(release.values())
    assert '--tag "$IMAGE:$VERSION"' in release["tag-image"]
    assert "VERSION=${{ needs.settings.outputs.version }}" in release["image"]
    assert "environment: pypi" in release["publish-wheel"]
    assert "--trusted-publishing always" in release["publish-wheel"]


def test_jobs_that_sign_run_no_code_of_the_project(release: dict[str, str]) -> None:
    """The rights to sign and to publish are in two jobs; neither runs tests, scripts or images."""
    assert [name for name, job in release.items() if "id-token: write" in job] == ["attest", "publish-wheel"]
    assert find_signing_jobs_with_code(release) == []


def test_ci_runs_by_itself_and_when_it_is_called(ci: str) -> None:
    """Pushes and requests, once a week, by hand, and before a release."""
    events = ci.partition("\npermissions:")[0]
    assert all(f"  {event}:\n" in events for event in ("push", "pull_request", "schedule", "workflow_dispatch"))
    assert "  workflow_call:\n" in events
    assert "- cron:" in events


def test_macs_run_commands_judging_and_data(ci: str, checkout: Path) -> None:
    """The wheel's tests on a Mac are more than the arithmetic, and each named room has tests."""
    rows = re.findall(r"- os: (\S+)\n +rooms: (.+)", ci)
    rooms = {system: set(listed.split()) for system, listed in rows}
    macs = [listed for system, listed in rooms.items() if system.startswith("macos")]
    assert macs
    assert all({"commands", "verify", "appliance/data", "appliance/runs"} <= listed for listed in macs)
    missing = [room for listed in rooms.values() for room in listed if not (checkout / "tests" / room).is_dir()]
    assert missing == []


def test_containers_name_their_certificates(ci: str) -> None:
    """A checkout needs certificates, and a slim Debian has none."""
    jobs = split_jobs(ci)
    assert [name for name, job in jobs.items() if "apt-get install" in job] == ["bare", "fleet"]
    assert find_containers_without_certificates(jobs) == []


def test_faulty_releases_are_noticed() -> None:
    """Negative controls: tests beside the right to sign, no certificates, a job that waits for nobody."""
    signing = "    permissions:\n      id-token: write\n    steps:\n      - run: "
    assert find_signing_jobs_with_code({"attest": signing + "make test\n"}) == ["attest"]
    assert find_signing_jobs_with_code({"attest": signing + "sha256sum dist/*\n"}) == []
    assert find_containers_without_certificates({"a": "- run: apt-get install --yes git\n"}) == ["a"]
    jobs = split_jobs("\njobs:\n  a:\n    runs-on: x\n  b:\n    needs: a\n  c:\n    needs: [b]\n")
    assert list_before("c", jobs) == {"a", "b"}
    assert list_before("a", jobs) == set()


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        ({"TAG": f"v{__version__}"}, 2, "The variable REGISTRY is not set"),
        ({"TAG": "v0.0.0", "REGISTRY": "r.example"}, 2, "The tag is v0.0.0"),
        ({"TAG": f"v{__version__}", "REGISTRY": "r.example"}, 0, "image=r.example/owner/name"),
    ],
)
def test_release_says_early_what_is_missing(
    variables: dict[str, str], code: int, words: str, checkout: Path, tmp_path: Path
) -> None:
    """No registry, a tag that is not the version, and a release that can be made."""
    command = ["bash", str(checkout / "delivery/workflows/settings.sh")]
    environment = {"PATH": "/usr/bin:/bin", "REPOSITORY": "Owner/Name", **variables}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert words in done.stdout + done.stderr
