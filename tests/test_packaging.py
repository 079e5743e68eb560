"""What ships: the wheel has every file it needs, the locks have hashes, `make` says what is missing."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import appliance
from laws.layers import find_imports

pytestmark = pytest.mark.checkout

_PACKAGED = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".gitignore",
    "appliance",
    "repro_appliance.py",
    "repro_appliance_pytest.py",
    "verify",
    "configs",
)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Return the table `project` of pyproject.toml."""
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["project"])


def _build_wheel(source: Path, directory: Path) -> Path:
    """Build from a copy, so that files in the checkout neither disturb nor change."""
    copy = directory / "source"
    copy.mkdir(parents=True)
    for name in _PACKAGED:
        if (source / name).is_dir():
            shutil.copytree(source / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source / name, copy / name)
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    return next(iter(sorted(directory.glob("*.whl"))))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel built from the checkout."""
    return _build_wheel(Path(__file__).parent.parent, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path) -> Path:
    """Return the directory the wheel was unpacked into."""
    directory = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory)
    return directory


@pytest.mark.process
def test_wheel_holds_every_file_of_the_packages(unpacked: Path, checkout: Path) -> None:
    """Modules, goldens, pins, type markers: what is in the source tree is in the wheel, and nothing else is."""
    expected = {
        str(path.relative_to(checkout))
        for package in ("appliance", "verify")
        for path in (checkout / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected |= {"repro_appliance.py", "repro_appliance_pytest.py"} | {
        f"appliance/configs/{path.name}" for path in (checkout / "configs").glob("*.toml")
    }
    found = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert {name for name in found if ".dist-info/" not in name} == expected
    assert {"appliance/py.typed", "verify/py.typed", "appliance/configs/smoke.toml"} <= expected


@pytest.mark.process
def test_wheel_has_the_same_bytes_each_time(wheel: Path, checkout: Path, tmp_path: Path) -> None:
    """Two builds in two directories give the same file."""
    again = _build_wheel(checkout, tmp_path)
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


@pytest.mark.process
def test_wheel_carries_version_and_script(unpacked: Path, project: dict[str, Any]) -> None:
    """The version comes from the package, the script points at its entry."""
    (info,) = unpacked.glob("*.dist-info")
    assert f"\nVersion: {appliance.__version__}\n" in (info / "METADATA").read_text(encoding="utf-8")
    assert f"\nRequires-Python: {project['requires-python']}\n" in (info / "METADATA").read_text(encoding="utf-8")
    entries = (info / "entry_points.txt").read_text(encoding="utf-8")
    assert "repro-appliance = repro_appliance:main" in entries
    assert "[pytest11]\nrepro_appliance_pytest = repro_appliance_pytest\n" in entries
    assert (info / "licenses" / "LICENSE").is_file()


@pytest.mark.process
def test_wheel_finds_its_own_configurations(unpacked: Path, tmp_path: Path) -> None:
    """Unpacked away from the source tree, the configurations inside the package are the ones used."""
    program = "from appliance.config.loading import find_config_directory as f; print(f())"
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(unpacked)!r}); {program}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(unpacked / "appliance" / "configs")


def read_lock(text: str) -> dict[str, str]:
    """Return the pinned version of every package in a lock.

    Raises:
        ValueError: a line is neither a pin nor a hash, or a pin has no hash.
    """
    pins: dict[str, str] = {}
    for entry in text.replace("\\\n", " ").splitlines():
        pin, *hashes = entry.split("--hash=")
        match = re.fullmatch(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)(?: ; [a-z_' =<>!0-9.A-Z]+)?", pin.strip())
        if match is None or not hashes:
            raise ValueError(f"no pin with hashes: {entry[:60]}")
        if any(not _HASH.fullmatch("--hash=" + value.strip()) for value in hashes):
            raise ValueError(f"not a SHA-256: {entry[:60]}")
        pins[match[1]] = match[2]
    return pins


@pytest.fixture(scope="module")
def locks() -> dict[str, dict[str, str]]:
    """Return the pins of every lock by its path."""
    root = Path(__file__).parent.parent
    paths = [*sorted(root.glob("requirements*.lock")), *sorted(root.glob("locks/*.lock"))]
    return {str(path.relative_to(root)): read_lock(path.read_text(encoding="ascii")) for path in paths}


def test_locks_agree(locks: dict[str, dict[str, str]]) -> None:
    """The development lock contains the run-time and the build lock; the report lock adds to it and changes nothing."""
    run, build, dev = (locks[f"requirements{part}.lock"] for part in ("", "-build", "-dev"))
    assert run.items() <= dev.items()
    assert build.items() <= dev.items()
    report = locks["locks/report.lock"]
    assert {name: dev[name] for name in report if name in dev} == {name: report[name] for name in report if name in dev}


def test_locks_hold_what_the_project_asks_for(locks: dict[str, dict[str, str]], project: dict[str, Any]) -> None:
    """Every declared dependency is locked; peers, what exports need and MPI are in no lock."""
    names = [re.split(r"[<>=]", item)[0] for item in project["dependencies"]]
    extras = project["optional-dependencies"]
    assert set(names) <= set(locks["requirements.lock"])
    assert {re.split(r"[<>=]", item)[0] for item in extras["dev"]} <= set(locks["requirements-dev.lock"])
    assert (
        {re.split(r"[<>=]", item)[0] for item in extras["report"]}
        == {"jinja2", "matplotlib"}
        <= set(locks["locks/report.lock"])
    )
    assert {re.split(r"[<>=]", item)[0] for item in extras["images"]} <= set(locks["requirements-dev.lock"])
    outside = {re.split(r"[<>=]", item)[0] for extra in ("peers", "torch", "onnx", "mpi") for item in extras[extra]}
    assert not outside & {name for pins in locks.values() for name in pins}


def find_packages(checkout: Path) -> set[str]:
    """Return the packages of others that modules of this project import, also late."""
    names = {
        name.partition(".")[0]
        for package in ("appliance", "verify")
        for path in (checkout / package).rglob("*.py")
        for _, name in find_imports(path.read_text(encoding="utf-8"))
    }
    return names - set(sys.stdlib_module_names) - {"appliance", "verify"}


def test_every_dependency_is_imported(project: dict[str, Any], checkout: Path) -> None:
    """A package that only tests use is installed for the tests only, and nothing undeclared is imported."""
    declared = {re.split(r"[<>=]", item)[0] for item in project["dependencies"]}
    # pooch, which downloads with requests, depends on it; only pytest loads the plugin, and only where a traced program
    # has loaded torch is it imported. PIL is Pillow, the extra for images.
    assert find_packages(checkout) - {"PIL", "pytest", "requests", "torch"} == declared


def test_locks_keep_the_release_versions(locks: dict[str, dict[str, str]], checkout: Path) -> None:
    """The versions shared with the other channels are the ones in the locks."""
    lines = (checkout / "locks" / "versions.in").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pins.items() <= locks["requirements-dev.lock"].items()


def test_pins_are_the_locked_versions(locks: dict[str, dict[str, str]], checkout: Path) -> None:
    """What `verify` expects to run is what the lock installs."""
    pins = json.loads((checkout / "verify" / "pins.json").read_text(encoding="utf-8"))
    assert (pins["packages"] | {"numpy": pins["numpy"]}).items() <= locks["requirements.lock"].items()


@pytest.mark.parametrize(
    "entry",
    [
        "numpy==2.4.4\n",
        "numpy>=2.4.4 --hash=sha256:" + "0" * 64 + "\n",
        "numpy==2.4.4 --hash=md5:" + "0" * 32 + "\n",
        "numpy @ https://example.org/numpy.whl --hash=sha256:" + "0" * 64 + "\n",
        "./wheels/numpy.whl\n",
        "--pre\n",
    ],
)
def test_loose_lock_is_reported(entry: str) -> None:
    """A pin without a hash, a range, a weak hash, an address, a path and an option are reported."""
    with pytest.raises(ValueError, match=r"no pin with hashes|not a SHA-256"):
        read_lock(entry)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("exit 1", "older than 3.11"),
        (
            'case "$1" in -c) exit 0;; *) echo "ensurepip is not available"; exit 1;; esac',
            "apt-get install python3-venv",
        ),
    ],
)
def test_make_says_what_python_lacks(script: str, complaint: str, checkout: Path, tmp_path: Path) -> None:
    """An old interpreter or one without venv ends in one clear line, and leaves no half-made environment."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    makefile = str(checkout / "Makefile")
    command = ["make", "--file", makefile, "--directory", str(tmp_path), f"PYTHON={python}", ".venv/bin/python"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_flake_lock_names_revision_and_hash(checkout: Path) -> None:
    """Nix's lock pins nixpkgs by a whole revision, its hash and its date, on the branch that the flake follows."""
    lock = json.loads((checkout / "flake.lock").read_text(encoding="utf-8"))
    locked, original = (lock["nodes"]["nixpkgs"][part] for part in ("locked", "original"))
    assert re.fullmatch(r"[0-9a-f]{40}", locked["rev"])
    assert re.fullmatch(r"sha256-[A-Za-z0-9+/]{43}=", locked["narHash"])
    assert locked["lastModified"] > 0
    assert f"github:NixOS/nixpkgs/{original['ref']}" in (checkout / "flake.nix").read_text(encoding="utf-8")
