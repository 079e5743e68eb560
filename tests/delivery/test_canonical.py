"""Canonical images: equal contents are one image, whoever built it and when."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from delivery.image.canonical import rewrite_image

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout


def make_layer(files: dict[str, bytes], *, time: int, owner: str) -> bytes:
    """Return a layer with these files, one hard link and one link."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.uname, entry.mode = len(content), time, owner, 0o640
            archive.addfile(entry, io.BytesIO(content))
        for name, kind in (("a-link", tarfile.LNKTYPE), ("soft", tarfile.SYMTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mtime = kind, next(iter(files)), time
            archive.addfile(entry)
    return written.getvalue()


def save(path: Path, layer: bytes, **config: object) -> Path:
    """Write an archive as `docker save` does."""
    body = {"created": "2026-01-02", "container": "c1", "config": {"User": "1", "Hostname": "h", "Image": "i"}} | config
    files = {
        "x/layer.tar": layer,
        "c.json": json.dumps(body | {"rootfs": {}, "history": [{"created_by": "sh"}]}).encode(),
        "manifest.json": json.dumps([{"Config": "c.json", "Layers": ["x/layer.tar"], "RepoTags": ["old"]}]).encode(),
    }
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def test_time_and_builder_do_not_matter(tmp_path: Path) -> None:
    """Two builds of the same files are one image, to the byte of the archive."""
    files = {"b": b"2", "a": b"1"}
    one = save(tmp_path / "1", make_layer(files, time=5, owner="x"))
    two = save(
        tmp_path / "2", make_layer(dict(reversed(files.items())), time=9, owner="y"), created="2027", container="c2"
    )
    # The links name the first file; make them equal.
    two = save(tmp_path / "2", make_layer(files, time=9, owner="y"), created="2027-01-01", container="c2")
    ids = [rewrite_image(path, path.with_suffix(".out"), "n:t", 0) for path in (one, two)]
    assert ids[0] == ids[1]
    assert one.with_suffix(".out").read_bytes() == two.with_suffix(".out").read_bytes()


@pytest.mark.parametrize("other", [{"b": b"2", "a": b"x"}, {"b": b"2"}])
def test_contents_matter(tmp_path: Path, other: dict[str, bytes]) -> None:
    """Another byte or a file less is another image; so is another user or another date that was asked for."""
    first = save(tmp_path / "1", make_layer({"b": b"2", "a": b"1"}, time=5, owner="x"))
    second = save(tmp_path / "2", make_layer(other, time=5, owner="x"))
    number = rewrite_image(first, tmp_path / "o", "n", 0)
    assert number != rewrite_image(second, tmp_path / "o", "n", 0)
    third = save(tmp_path / "3", make_layer({"b": b"2", "a": b"1"}, time=5, owner="x"), config={"User": "2"})
    assert number != rewrite_image(third, tmp_path / "o", "n", 0)
    assert number != rewrite_image(first, tmp_path / "o", "n", 1)


def test_what_runs_is_kept(tmp_path: Path) -> None:
    """Modes, links, owners by number and the user stay; hosts, containers and dates go; the tag is the new one."""
    source = save(tmp_path / "1", make_layer({"b": b"2", "a": b"1"}, time=5, owner="x"))
    rewrite_image(source, tmp_path / "o", "n:t", 0)
    with tarfile.open(tmp_path / "o") as archive:
        (manifest,) = json.load(archive.extractfile("manifest.json") or io.BytesIO())
        config = json.load(archive.extractfile(manifest["Config"]) or io.BytesIO())
        with tarfile.open(fileobj=archive.extractfile(manifest["Layers"][0])) as layer:
            entries = {entry.name: entry for entry in layer}
    assert manifest["RepoTags"] == ["n:t"]
    assert config["config"] == {"User": "1"}
    assert not {"container", "docker_version"} & set(config)
    assert config["created"] == "1970-01-01T00:00:00Z"
    assert list(entries) == ["a", "b", "soft", "a-link"]
    assert entries["a"].mode == 0o640
    assert entries["a-link"].linkname == "b"
    assert {entry.mtime for entry in entries.values()} == {0}
