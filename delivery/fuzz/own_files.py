"""Damaged files of one's own data: arrays, tables, images."""

from __future__ import annotations

import gzip
import io
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from appliance.config.own_files import ColumnConfig, CsvConfig, ImagesConfig
from appliance.data.readers.arrays import open_array
from appliance.data.readers.columns import find_values, make_features, make_labels, require_finite
from appliance.data.readers.images import read_images
from appliance.data.readers.tables import read_table
from delivery.fuzz import texts

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

_TABLE = CsvConfig(
    path="mine.csv",
    columns=(
        ColumnConfig(name="a"),
        ColumnConfig(name="b*", type="integer"),
        ColumnConfig(name="colour", type="category"),
        ColumnConfig(name="kind", type="category", role="target"),
        ColumnConfig(name="note", role="ignore"),
    ),
)
_FIELDS = (
    "nan",
    "",
    "-inf",
    "1e999",
    "1_000",
    '"',
    '""',
    "\r\n",
    "9" * 30,
    "x" * 200_000,
    "\x1b[2J",
    "\x00",
    "é",
    "1,2",
)
_IMAGES = ImagesConfig(path="images")


@cache
def _make_array(suffix: str) -> bytes:
    values, stream = np.arange(24, dtype=np.float32).reshape(6, 4), io.BytesIO()
    if suffix == ".npy":
        np.save(stream, values)
    elif suffix == ".npz":
        np.savez_compressed(stream, x=values, y=np.arange(6))
    else:
        header = bytes([0, 0, 0x0D, 2, 0, 0, 0, 6, 0, 0, 0, 4])
        return gzip.compress(header + values.astype(">f4").tobytes(), mtime=0)
    return stream.getvalue()


def damage_npy(random: Random) -> bytes:
    """Return a damaged npy file; half of them with another header of the same length."""
    data = _make_array(".npy")
    if random.randrange(2):
        return texts.damage_bytes(data, random)
    old = b"'descr': '<f4'", b"(6, 4)", b"False"
    new = random.choice(
        (
            (b"'descr': '|O8'", *old[1:]),
            (old[0], b"(9**9,)", old[2]),
            (old[0], b"(-6, 4)", old[2]),
            (*old[:2], b"True "),
        )
    )
    for before, after in zip(old, new, strict=True):
        if before not in data:
            raise ValueError(f"a header without {before!r}")
        data = data.replace(before, after)
    return texts.damage_bytes(data, random) if random.randrange(2) else data


def damage_npz(random: Random) -> bytes:
    """Return a damaged npz file."""
    return texts.damage_bytes(_make_array(".npz"), random)


def damage_idx(random: Random) -> bytes:
    """Return a damaged IDX file of floats, or a damaged gzip file of a sound one."""
    data = _make_array(".gz")
    if random.randrange(2):
        return texts.damage_bytes(data, random)
    return gzip.compress(texts.damage_bytes(gzip.decompress(data), random), mtime=0)


def damage_table(random: Random) -> bytes:
    """Return a damaged CSV file; half of them with another field."""
    rows = ["a b1 b2 colour kind note".split(), *(f"{n}.5 {n} {-n} red {'xy'[n % 2]} -".split() for n in range(6))]
    if random.randrange(2):
        random.choice(rows)[random.randrange(6)] = random.choice(_FIELDS)
    data = "".join(",".join(row) + "\n" for row in rows).encode()
    return texts.damage_bytes(data, random) if random.randrange(2) else data


@cache
def _make_image() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.arange(96, dtype=np.uint8).reshape(4, 8, 3)).save(stream, format="PNG")
    return stream.getvalue()


def damage_image(random: Random) -> bytes:
    """Return a damaged image."""
    return texts.damage_bytes(_make_image(), random)


def read_array(suffix: str, data: bytes, folder: Path) -> list[str]:
    """Read an array of a file with this ending."""
    path = folder / f"mine{suffix}"
    path.write_bytes(data)
    return [str(open_array(path, "x" if suffix == ".npz" else "").read().shape)]


def read_csv(data: bytes, folder: Path) -> list[str]:
    """Read a table, and make features and labels of it."""
    path = folder / "mine.csv"
    path.write_bytes(data)
    table = read_table(path, _TABLE)
    require_finite(table)
    values = find_values(table)
    return [str(make_features(table, values).shape), str(make_labels(table, values).shape)]


def read_folder(data: bytes, folder: Path) -> list[str]:
    """Read a folder with one sound and one damaged image."""
    for name, content in (("a", _make_image()), ("b", data)):
        (folder / "images" / name).mkdir(parents=True, exist_ok=True)
        (folder / "images" / name / "1.png").write_bytes(content)
    return [str(read_images(folder / "images", _IMAGES).values.shape)]
