"""Damaged traces and files of arrays, each compared with the sound one."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from typing import TYPE_CHECKING

from delivery.fuzz import specimens, texts, trees
from verify.judging.comparison import compare_sides
from verify.judging.sides import read_side
from verify.rendering import comparison

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random


def _damage_json(data: bytes, random: Random) -> bytes:
    return trees.write_tree(trees.damage_tree(json.loads(data), random)).encode()


def damage_trace(random: Random) -> bytes:
    """Return all files of a trace, one of them damaged, as JSON; most of them with a chain that fits."""
    files = dict(specimens.read_trace())
    name = random.choice(("header.json", "events.jsonl", "events.jsonl", "tensors/2.npz"))
    if name == "header.json":
        files[name] = _damage_json(files[name], random)
    elif name == "events.jsonl" and random.random() < 0.7:  # noqa: PLR2004 - seven in ten
        lines = files[name].splitlines(keepends=True)
        number = random.randrange(len(lines))
        lines[number] = _damage_json(lines[number], random) + b"\n"
        files[name] = b"".join(lines)
    else:
        files[name] = texts.damage_bytes(files[name], random)
    if name == "events.jsonl" and random.random() < 0.8:  # noqa: PLR2004 - four in five
        header = json.loads(files["header.json"])
        chain = f"sha256:{hashlib.sha256(files[name]).hexdigest()}"
        files["header.json"] = json.dumps({**header, "chain": chain, "events": files[name].count(b"\n")}).encode()
    return json.dumps({file: data.decode("latin-1") for file, data in files.items()}).encode()


def read_trace(data: bytes, folder: Path) -> list[str]:
    """Compare a damaged trace with the sound one."""
    shutil.rmtree(folder / "a", ignore_errors=True)
    sound = {name: content.decode("latin-1") for name, content in specimens.read_trace().items()}
    for side, files in (("a", json.loads(data)), ("b", sound)):
        (folder / side / "tensors").mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / side / name).write_bytes(content.encode("latin-1"))
    found = compare_sides(read_side(str(folder / "b")), read_side(str(folder / "a")))
    json.dumps(comparison.describe(found), allow_nan=False)
    return [comparison.render_text(found), comparison.render_markdown(found)]


def damage_arrays(random: Random) -> bytes:
    """Return the damaged operands of an event, or one of them as a file of its own."""
    data = specimens.read_trace()["tensors/2.npz"]
    if random.randrange(2):
        return texts.damage_bytes(data, random)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return texts.damage_bytes(archive.read("out.y.npy"), random)


def read_arrays(data: bytes, folder: Path) -> list[str]:
    """Compare a damaged file of arrays with the sound one."""
    for name, content in (("a.npz", data), ("b.npz", specimens.read_trace()["tensors/2.npz"])):
        (folder / name).write_bytes(content)
    found = compare_sides(read_side(str(folder / "b.npz")), read_side(str(folder / "a.npz")))
    json.dumps(comparison.describe(found), allow_nan=False)
    return [comparison.render_text(found), comparison.render_markdown(found)]
