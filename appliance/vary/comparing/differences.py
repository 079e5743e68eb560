"""Finds the first place in which two outputs differ."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import attrs

from appliance.vary.comparing import single
from appliance.vary.comparing.contents import DAMAGE, digest_stream, read_json
from appliance.vary.comparing.formats import find_format
from appliance.vary.comparing.single import Difference
from appliance.vary.comparing.texts import compare_json, compare_lines, compare_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

_BLOCK = 2**20


def find_difference(a: Path, b: Path, name: str) -> Difference | None:
    """Return the first difference of two files; None if their contents are equal.

    Args:
        a: one file.
        b: the other.
        name: what they are called among the outputs; its ending may tell the format.
    """
    with a.open("rb") as left, b.open("rb") as right:
        kind, other = find_format(left, name), find_format(right, name)
        if kind != other:
            return Difference(where="format", a=kind, b=other)
        compare = _COMPARERS.get(kind, single.compare_bytes)
        try:
            return compare(left, right, name)
        except DAMAGE:
            left.seek(0)
            right.seek(0)
            return single.compare_bytes(left, right, name)


def _compare_gzip(a: BinaryIO, b: BinaryIO, name: str) -> Difference | None:
    with gzip.GzipFile(fileobj=a) as x, gzip.GzipFile(fileobj=b) as y:
        return _compare_members(x, y, name.removesuffix(".gz"))  # type: ignore[arg-type] # they can be read


def _compare_zip(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    with zipfile.ZipFile(a) as x, zipfile.ZipFile(b) as y:
        names, others = sorted(x.namelist()), sorted(y.namelist())
        return _compare_named(names, others, x.open, y.open)


def _compare_tar(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    with tarfile.open(fileobj=a) as x, tarfile.open(fileobj=b) as y:
        names, others = ([info.name for info in archive if info.isfile()] for archive in (x, y))

        found = _compare_named(names, others, partial(_extract, x), partial(_extract, y))
        return found or Difference(where="names, modes or owners of members", a="one", b="another")


def _extract(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    member = archive.extractfile(name)
    if member is None:
        raise ValueError(f"{name} has no contents")
    return member


def _compare_named(
    names: list[str], others: list[str], open_a: Callable[[str], IO[bytes]], open_b: Callable[[str], IO[bytes]]
) -> Difference | None:
    if names != others:
        return Difference(where="members", a=", ".join(names), b=", ".join(others))
    for name in names:
        with open_a(name) as x, open_b(name) as y:
            if digest_stream(x, name, [], 1) != digest_stream(y, name, [], 1):  # type: ignore[arg-type] # can be moved
                x.seek(0)
                y.seek(0)
                found = _compare_members(x, y, name)
                return found.inside(f"member {name}") if found else None
    return None


def _compare_members(a: IO[bytes], b: IO[bytes], name: str) -> Difference | None:
    """Compare two members of archives as files of their own, because they are read in several directions."""
    with tempfile.TemporaryDirectory(prefix="repro-appliance-") as folder:
        paths = Path(folder, "a"), Path(folder, "b")
        for stream, path in zip((a, b), paths, strict=True):
            with path.open("wb") as target:
                shutil.copyfileobj(stream, target, _BLOCK)
        return find_difference(*paths, name)


def _compare_json(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    found = compare_json(json.loads(read_json(a)), json.loads(read_json(b)))
    if found is None:
        return None
    return Difference(**attrs.asdict(found), unit="values")


def _compare_text(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    found = compare_lines(a, b)
    return None if found is None else Difference(**attrs.asdict(found), unit="lines")


def _compare_table(a: BinaryIO, b: BinaryIO, name: str) -> Difference | None:
    found = compare_table(a, b, "\t" if name.endswith(".tsv") else ",")
    return None if found is None else Difference(**attrs.asdict(found), unit="lines")


_COMPARERS: dict[str, Callable[[BinaryIO, BinaryIO, str], Difference | None]] = {
    "npy": single.compare_arrays,
    "safetensors": single.compare_tensors,
    "json": _compare_json,
    "gzip": _compare_gzip,
    "zip": _compare_zip,
    "tar": _compare_tar,
    "png": single.compare_pictures,
    "text": _compare_text,
    "table": _compare_table,
}
