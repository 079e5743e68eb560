"""Writes a closure as an image for `docker load`, the same bytes each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path


def read_closure() -> list[str]:
    """Return the store paths of the graph that the derivation asked for, sorted."""
    lines = iter(Path("graph").read_text(encoding="utf-8").splitlines())
    paths = []
    for path in lines:
        paths.append(path)
        next(lines)
        for _ in range(int(next(lines))):
            next(lines)
    return sorted(paths)


def add(archive: tarfile.TarFile, source: Path, name: str) -> None:
    """Add one file, link or folder without owner or time."""
    member = archive.gettarinfo(str(source), name)
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    if member.islnk():
        member.type, member.size = tarfile.REGTYPE, source.stat().st_size
    if member.isreg():
        with source.open("rb") as stream:
            archive.addfile(member, stream)
    else:
        archive.addfile(member)


def make_layer() -> bytes:
    """Return the only layer: the closure, and what the root shows."""
    root = Path("layer")
    root.mkdir()
    subprocess.run(["/bin/bash", "-euc", os.environ["extraCommands"]], cwd=root, check=True)
    entries = {str(path.relative_to(root)): path for path in root.rglob("*")}
    shown = Path(os.environ["root"])
    entries |= {str(path.relative_to(shown)): path for path in shown.rglob("*")}
    for path in read_closure():
        entries |= {str(file)[1:]: file for file in [Path(path), *Path(path).rglob("*")]}
    for name in list(entries):
        for parent in Path(name).parents:
            entries.setdefault(str(parent), Path("/nix/store") if parent != Path() else root)
    entries.pop(".", None)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(entries):
            if entries[name] == Path("/nix/store"):
                folder = tarfile.TarInfo(name)
                folder.type, folder.mode = tarfile.DIRTYPE, 0o555
                archive.addfile(folder)
            else:
                add(archive, entries[name], name)
    return written.getvalue()


def main() -> int:
    """Write the image; return the exit code."""
    layer = make_layer()
    digest = hashlib.sha256(layer).hexdigest()
    config = {
        "architecture": os.environ["architecture"],
        "os": "linux",
        "created": os.environ["created"],
        "config": json.loads(os.environ["config"]),
        "history": [{"created": os.environ["created"], "created_by": "stand-in"}],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    text = json.dumps(config, sort_keys=True).encode()
    number = hashlib.sha256(text).hexdigest()
    manifest = [{"Config": f"{number}.json", "Layers": [f"{digest}.tar"], "RepoTags": [os.environ["tag"]]}]
    files = {f"{digest}.tar": layer, f"{number}.json": text, "manifest.json": json.dumps(manifest).encode()}
    with (
        Path(os.environ["out"]).open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0, filename="") as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return 0


if __name__ == "__main__":
    sys.exit(main())
