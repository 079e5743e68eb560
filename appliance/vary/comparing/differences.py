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
import numpy as np

from appliance.vary.comparing import arrays
from appliance.vary.comparing.contents import DAMAGE, digest_stream
from appliance.vary.comparing.formats import find_format
from appliance.vary.comparing.pictures import read_picture
from appliance.vary.comparing.texts import compare_json, compare_lines, compare_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

_BLOCK = 2**20


@attrs.frozen(kw_only=True)
class Difference:
    """The first place in which two outputs differ.

    Args:
        where: the place: a member, an element, a line, a byte.
        a: what the first output has there.
        b: what the second has there.
        ulp: for numbers, how many representable numbers they are apart.
        count: how many elements, lines or bytes differ; None where that is not counted.
        size: how many there are.
        unit: what is counted.
    """

    where: str
    a: str
    b: str
    ulp: int | None = None
    count: int | None = None
    size: int | None = None
    unit: str = ""

    def describe(self) -> str:
        """Return it as one line."""
        parts = [f"{self.where}: {self.a} / {self.b}"]
        if self.ulp is not None:
            parts.append(f"{self.ulp} ulp")
        if self.count is not None:
            parts.append(f"{self.count} of {self.size} {self.unit} differ")
        return ", ".join(parts)

    def inside(self, place: str) -> Difference:
        """Return it as a difference inside something else."""
        return attrs.evolve(self, where=f"{place} {self.where}")


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
        compare = _COMPARERS.get(kind, _compare_bytes)
        try:
            return compare(left, right, name)
        except DAMAGE:
            left.seek(0)
            right.seek(0)
            return _compare_bytes(left, right, name)


def _from_gap(gap: arrays.Gap | None, unit: str = "values") -> Difference | None:
    if gap is None:
        return None
    where = f"element [{', '.join(map(str, gap.index))}]"
    return Difference(where=where, a=gap.a, b=gap.b, ulp=gap.ulp, count=gap.count, size=gap.size, unit=unit)


def _compare_headers(a: arrays.Header, b: arrays.Header) -> Difference | None:
    for what, x, y in (
        ("type", a.dtype, b.dtype),
        ("shape", list(a.shape), list(b.shape)),
        ("memory order", a.order, b.order),
    ):
        if x != y:
            return Difference(where=what, a=str(x), b=str(y))
    return None


def _compare_arrays(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    x, y = arrays.read_header(a), arrays.read_header(b)
    return _compare_headers(x, y) or _from_gap(arrays.compare_elements(a, b, x))


def _compare_tensors(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    (x, begin), (y, start) = arrays.read_tensor_header(a), arrays.read_tensor_header(b)
    if sorted(x.tensors) != sorted(y.tensors):
        return Difference(where="names of tensors", a=", ".join(sorted(x.tensors)), b=", ".join(sorted(y.tensors)))
    for name in sorted(x.tensors):
        one, other = x.tensors[name], y.tensors[name]
        a.seek(begin + one.begin)
        b.seek(start + other.begin)
        found = _compare_headers(one.header, other.header) or _from_gap(arrays.compare_elements(a, b, one.header))
        if found is not None:
            return found.inside(f"tensor {name}")
    return None if x.metadata == y.metadata else Difference(where="metadata", a=str(x.metadata), b=str(y.metadata))


def _compare_pictures(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    (x, _chunks), (y, _others) = read_picture(a), read_picture(b)
    if x != y:
        return Difference(where="form", a=f"{x.width} x {x.height}", b=f"{y.width} x {y.height}")
    a.seek(0)
    b.seek(0)
    first, pixels = None, 0
    for row, (line, other) in enumerate(zip(_read_rows(a), _read_rows(b), strict=False)):
        unequal = np.frombuffer(line, np.uint8) != np.frombuffer(other, np.uint8)
        usable = len(unequal) // x.step * x.step
        columns = np.flatnonzero(unequal[:usable].reshape(-1, x.step).any(axis=1))
        pixels += columns.size
        if first is None and columns.size:
            cut = slice(int(columns[0]) * x.step, (int(columns[0]) + 1) * x.step)
            first = f"row {row}, column {columns[0]}", str(list(line[cut])), str(list(other[cut]))
    if first is None:
        return Difference(where="palette or transparency", a="one", b="another")
    count = x.width * x.height
    return Difference(where=first[0], a=first[1], b=first[2], count=pixels, size=count, unit="pixels")


def _read_rows(stream: BinaryIO) -> Iterator[bytes]:
    from appliance.vary.comparing.pictures import iterate_pixels  # noqa: PLC0415 - beside its only use

    parts = iterate_pixels(stream)
    next(parts)
    yield from (part for part in parts if not part.startswith((b"PLTE", b"tRNS")))


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
    found = compare_json(json.load(a), json.load(b))
    if found is None:
        return None
    return Difference(**attrs.asdict(found), unit="values")


def _compare_text(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    found = compare_lines(a, b)
    return None if found is None else Difference(**attrs.asdict(found), unit="lines")


def _compare_table(a: BinaryIO, b: BinaryIO, name: str) -> Difference | None:
    found = compare_table(a, b, "\t" if name.endswith(".tsv") else ",")
    return None if found is None else Difference(**attrs.asdict(found), unit="lines")


def _compare_bytes(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    start, count, first, size = 0, 0, None, 0
    while True:
        x, y = a.read(_BLOCK), b.read(_BLOCK)
        if not x and not y:
            break
        both = min(len(x), len(y))
        unequal = np.flatnonzero(np.frombuffer(x[:both], np.uint8) != np.frombuffer(y[:both], np.uint8))
        count += unequal.size + abs(len(x) - len(y))
        size += max(len(x), len(y))
        if first is None and (unequal.size or len(x) != len(y)):
            place = int(unequal[0]) if unequal.size else both
            first = start + place, x[place : place + 8].hex() or "the end", y[place : place + 8].hex() or "the end"
        start += both
    if first is None:
        return None
    return Difference(where=f"byte {first[0]}", a=first[1], b=first[2], count=count, size=size, unit="bytes")


_COMPARERS: dict[str, Callable[[BinaryIO, BinaryIO, str], Difference | None]] = {
    "npy": _compare_arrays,
    "safetensors": _compare_tensors,
    "json": _compare_json,
    "gzip": _compare_gzip,
    "zip": _compare_zip,
    "tar": _compare_tar,
    "png": _compare_pictures,
    "text": _compare_text,
    "table": _compare_table,
}
