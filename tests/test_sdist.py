"""The source archive: it holds what the repository holds, what its documents name, and what `make` needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.checkout, pytest.mark.process]

_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
_QUOTED = re.compile(r"`([\w.-]+(?:/[\w.-]+)+|[A-Z][\w-]*(?:\.\w+)?)`")
# Written by a command of the project, or by the checkout's owner.
_MADE = ("build/", "dist/", "delivery/nix/standin/")


def find_unnamed(page: Path, root: Path, tops: set[str]) -> Iterator[str]:
    """Yield the files that a page links to, or names with a folder of the project, and that do not exist."""
    text = page.read_text(encoding="utf-8")
    for link in _LINK.findall(text):
        if not (page.parent / link).exists():
            yield link
    for name in _QUOTED.findall(text):
        made = name.startswith(_MADE) or "NAME" in name
        if name.split("/")[0] in tops and not made and not (root / name).exists():
            yield name


def build(target: str, source: Path, directory: Path) -> Path:
    """Return the archive of this kind that the locked backend builds from a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(directory)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (archive,) = (path for path in sorted(directory.iterdir()) if path.is_file())
    return archive


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the source archive was unpacked into."""
    directory = tmp_path_factory.mktemp("sdist")
    archive = build("sdist", Path(__file__).parent.parent, directory / "dist")
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(directory)], check=True)
    return directory / f"repro_appliance-{__version__}"


def test_archive_holds_what_the_repository_holds(unpacked: Path, checkout: Path) -> None:
    """Every file that git knows, the scripts as executable as they are, and the metadata of the archive."""
    listed = subprocess.run(["git", "ls-files"], cwd=checkout, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this tree is no checkout of git")
    tracked = {name for name in listed.stdout.splitlines() if (checkout / name).is_file()}
    held = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert tracked - held == set()
    assert [name for name in sorted(held - tracked) if (checkout / name).exists() is False] == ["PKG-INFO"]
    assert (unpacked / ".ci/run").stat().st_mode & 0o111


def test_every_file_that_a_page_names_is_there(unpacked: Path) -> None:
    """Links and paths of README, CONTRIBUTING, SECURITY, docs/ and examples/; control: one that is gone."""
    tops = {path.name for path in unpacked.iterdir()}
    pages = [
        *sorted(unpacked.glob("*.md")),
        *sorted(unpacked.glob("docs/*.md")),
        *sorted(unpacked.glob("examples/**/*.md")),
    ]
    assert len(pages) > 12
    missing = [f"{page.name}: {name}" for page in pages for name in find_unnamed(page, unpacked, tops)]
    assert missing == []
    page = unpacked / "elsewhere.md"
    page.write_text(
        "[a](docs/gone.md), [b](docs/nix.md#x), `delivery/gone.sh`, `nix/image.nix`, `other/x`", encoding="utf-8"
    )
    assert list(find_unnamed(page, unpacked, tops)) == ["docs/gone.md", "delivery/gone.sh"]
    page.unlink()


def test_make_finds_all_it_needs(unpacked: Path, tmp_path: Path) -> None:
    """`make train test` can start in the archive, and `make` would miss a lock; control: without it, it does."""
    command = ["make", "--dry-run", f"PYTHON={sys.executable}", "train", "test", "wheel"]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "repro-appliance train --config baseline" in done.stdout
    broken = tmp_path / "broken"
    shutil.copytree(unpacked, broken)
    (broken / "requirements.lock").unlink()
    done = subprocess.run(command, cwd=broken, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "requirements.lock" in done.stderr


@pytest.mark.slow
def test_wheel_from_the_archive_is_that_of_the_checkout(unpacked: Path, checkout: Path, tmp_path: Path) -> None:
    """Whoever builds from the archive gets the wheel that is released, byte for byte."""
    first = build("wheel", unpacked, tmp_path / "first")
    second = build("wheel", checkout, tmp_path / "second")
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_names_and_addresses_agree(checkout: Path) -> None:
    """Citation, metadata and the package of Nix have one version, licence and address."""
    project: dict[str, Any] = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (checkout / "CITATION.cff").read_text(encoding="utf-8")
    cited = dict(re.findall(r"^([a-z-]+): (\S.*)$", citation, flags=re.MULTILINE))
    home = project["urls"]["Homepage"]
    assert cited["cff-version"] == "1.2.0"
    assert (cited["version"], cited["license"], cited["title"]) == (__version__, project["license"], project["name"])
    assert cited["repository-code"] == home
    assert f'homepage = "{home}";' in (checkout / "nix/package.nix").read_text(encoding="utf-8")
    assert all(address.startswith(home) for address in project["urls"].values())
    assert f"name: {project['authors'][0]['name']}" in citation
