"""Removes times and the builder from an image, so that equal contents give an equal image: canonical.py IN OUT NAME.

IN was written by `docker save`, OUT is for `docker load`, NAME is the tag of the image. Every layer is rewritten:
entries sorted by name, dated SOURCE_DATE_EPOCH (0 if unset), owners as numbers. The configuration keeps what decides
how the image runs; host names, container ids and dates are removed. Prints the image's id.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import IO, Any

_REMOVED = ("container", "container_config", "docker_version", "parent", "id")
_REMOVED_SETTINGS = ("AttachStderr", "AttachStdin", "AttachStdout", "Domainname", "Hostname", "Image", "OnBuild")


def rewrite_layer(layer: IO[bytes], epoch: int) -> bytes:
    """Return a layer's archive with the last entry of each name, sorted, and hard links last."""
    written = io.BytesIO()
    with tarfile.open(fileobj=layer) as old, tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as new:
        last = {member.name: member for member in old}
        for member in sorted(last.values(), key=lambda entry: (entry.islnk(), entry.name)):
            member.mtime = epoch
            member.uname = member.gname = ""
            kept = {key: value for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")}
            member.pax_headers = kept
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return written.getvalue()


def rewrite_config(config: dict[str, Any], layers: list[str], epoch: int) -> dict[str, Any]:
    """Return the configuration with these layers, given as digests, and without traces of its build."""
    date = dt.datetime.fromtimestamp(epoch, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = {key: value for key, value in config.items() if key not in _REMOVED}
    kept["created"] = date
    kept["config"] = {key: value for key, value in config.get("config", {}).items() if key not in _REMOVED_SETTINGS}
    kept["history"] = [
        {"created": date, "created_by": "canonical"} | ({"empty_layer": True} if step.get("empty_layer") else {})
        for step in config.get("history", [])
    ]
    kept["rootfs"] = {"type": "layers", "diff_ids": layers}
    return kept


def rewrite_image(source: Path, target: Path, name: str, epoch: int) -> str:
    """Write the canonical form of an image's archive and return its id, "sha256:" and the configuration's digest.

    Raises:
        ValueError: the archive does not hold exactly one image.
    """
    with tarfile.open(source) as old, tarfile.open(target, mode="w", format=tarfile.PAX_FORMAT) as new:

        def read(path: str) -> IO[bytes]:
            stream = old.extractfile(path)
            if stream is None:
                raise ValueError(f"{source} lacks {path}")
            return stream

        def write(path: str, content: bytes) -> None:
            entry = tarfile.TarInfo(path)
            entry.size, entry.mtime = len(content), epoch
            new.addfile(entry, io.BytesIO(content))

        manifest = json.load(read("manifest.json"))
        if len(manifest) != 1:
            raise ValueError(f"{source} contains {len(manifest)} images")
        names, digests = [], []
        for path in manifest[0]["Layers"]:
            content = rewrite_layer(read(path), epoch)
            digest = hashlib.sha256(content).hexdigest()
            if f"{digest}.tar" not in names:
                write(f"{digest}.tar", content)
            names.append(f"{digest}.tar")
            digests.append(f"sha256:{digest}")
        config = rewrite_config(json.load(read(manifest[0]["Config"])), digests, epoch)
        text = json.dumps(config, sort_keys=True, separators=(",", ":")).encode()
        number = hashlib.sha256(text).hexdigest()
        write(f"{number}.json", text)
        entry = [{"Config": f"{number}.json", "Layers": names, "RepoTags": [name]}]
        write("manifest.json", json.dumps(entry, sort_keys=True).encode())
    return f"sha256:{number}"


def main(arguments: list[str]) -> int:
    """Rewrite an image; return the exit code."""
    source, target, name = arguments
    print(rewrite_image(Path(source), Path(target), name, int(os.environ.get("SOURCE_DATE_EPOCH", "0"))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
