"""Small IDX files, sound or with one named defect each."""

from __future__ import annotations

import gzip
import hashlib
import struct
from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.data.sources.catalog import KnownFile, KnownPart, KnownSet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

IMAGES = np.arange(3 * 28 * 28, dtype=np.int64).reshape(3, 28, 28).astype(np.uint8)


def write_idx(elements: NDArray[np.uint8], kind: int = 8) -> bytes:
    """Return the IDX bytes of an array, not compressed; `kind` is the element type it claims."""
    header = struct.pack(f">BBBB{elements.ndim}I", 0, 0, kind, elements.ndim, *elements.shape)
    return header + elements.tobytes()


def pack(content: bytes) -> bytes:
    """Return the gzip file of some bytes, the same bytes each time."""
    return gzip.compress(content, mtime=0)


def flip_byte(content: bytes, position: int) -> bytes:
    """Return bytes of which one is inverted."""
    changed = bytearray(content)
    changed[position] ^= 0xFF
    return bytes(changed)


@attrs.frozen(kw_only=True)
class Defect:
    """How to damage the gzip file of `IMAGES`, and the title of the one error that follows."""

    damage: Callable[[bytes], bytes]
    title: str


_RAW = write_idx(IMAGES)

DEFECTS = {
    "empty_file": Defect(damage=lambda _: b"", title="not a gzip file"),
    "not_compressed": Defect(damage=lambda _: _RAW, title="not a gzip file"),
    "error_page": Defect(damage=lambda _: b"<html>404</html>", title="not a gzip file"),
    "cut_in_gzip_header": Defect(damage=lambda good: good[:5], title="a gzip file is truncated"),
    "cut_in_the_middle": Defect(damage=lambda good: good[: len(good) // 2], title="a gzip file is truncated"),
    "cut_in_the_crc": Defect(damage=lambda good: good[:-6], title="a gzip file is truncated"),
    "cut_by_one_byte": Defect(damage=lambda good: good[:-1], title="a gzip file is truncated"),
    "wrong_crc": Defect(damage=lambda good: flip_byte(good, -8), title="a gzip file is damaged"),
    "wrong_length": Defect(damage=lambda good: flip_byte(good, -1), title="a gzip file is damaged"),
    "wrong_method": Defect(damage=lambda good: flip_byte(good, 2), title="a gzip file is damaged"),
    "no_content": Defect(damage=lambda _: pack(b""), title="not an IDX file: wrong magic number"),
    "wrong_magic": Defect(damage=lambda _: pack(b"\1" + _RAW[1:]), title="not an IDX file: wrong magic number"),
    "little_endian_magic": Defect(
        damage=lambda _: pack(_RAW[3::-1] + _RAW[4:]), title="not an IDX file: wrong magic number"
    ),
    "float_elements": Defect(
        damage=lambda _: pack(write_idx(IMAGES, kind=13)), title="an IDX file has another element type"
    ),
    "flat_images": Defect(
        damage=lambda _: pack(write_idx(IMAGES.reshape(3, 784))), title="an IDX file has another number of dimensions"
    ),
    "labels_for_images": Defect(
        damage=lambda _: pack(write_idx(IMAGES[:, 0, 0])), title="an IDX file has another number of dimensions"
    ),
    "header_only_begun": Defect(damage=lambda _: pack(_RAW[:10]), title="an IDX file ends inside its header"),
    "header_only": Defect(
        damage=lambda _: pack(_RAW[:16]), title="an IDX file has fewer elements than its header states"
    ),
    "one_element_missing": Defect(
        damage=lambda _: pack(_RAW[:-1]), title="an IDX file has fewer elements than its header states"
    ),
    "boundless_header": Defect(
        damage=lambda _: pack(_RAW[:4] + b"\xff" * 12 + _RAW[16:]),
        title="an IDX file has fewer elements than its header states",
    ),
    "one_element_more": Defect(
        damage=lambda _: pack(_RAW + b"\0"), title="an IDX file continues after its last element"
    ),
    "bytes_after_the_gzip": Defect(damage=lambda good: good + b"more", title="a gzip file continues after its end"),
    "second_gzip_member": Defect(damage=lambda good: good + good, title="a gzip file continues after its end"),
}


def draw_labels(count: int) -> NDArray[np.uint8]:
    """Return labels 0 to 9 in turn."""
    return (np.arange(count) % 10).astype(np.uint8)


def draw_images(count: int) -> NDArray[np.uint8]:
    """Return images no two of which are equal."""
    return (np.arange(count * 784) * 7919 // 784 % 251).astype(np.uint8).reshape(count, 28, 28)


def place_set(
    data_dir: Path,
    *,
    images: NDArray[np.uint8] | None = None,
    labels: NDArray[np.uint8] | None = None,
    mirrors: tuple[str, ...] = ("http://127.0.0.1:9/",),
) -> KnownSet:
    """Write a set called `mnist` with 40 training and 20 test samples; return its catalog entry.

    Args:
        data_dir: where to write it.
        images: training images in place of the sound ones.
        labels: training labels in place of the sound ones.
        mirrors: the addresses it can be downloaded from.
    """
    train = draw_images(40) if images is None else images, draw_labels(40) if labels is None else labels
    return KnownSet(
        name="mnist",
        title="a small set",
        licence="none",
        source="http://127.0.0.1/",
        mirrors=mirrors,
        sample_shape=(28, 28),
        classes=10,
        train=_place_part(data_dir / "mnist", "train", train, 40),
        test=_place_part(data_dir / "mnist", "test", (draw_images(60)[40:], draw_labels(20)), 20),
    )


def _place_part(
    folder: Path, name: str, arrays: tuple[NDArray[np.uint8], NDArray[np.uint8]], samples: int
) -> KnownPart:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind, elements, rank in zip(("images", "labels"), arrays, (3, 1), strict=True):
        path = folder / f"{name}-{kind}.gz"
        path.write_bytes(pack(write_idx(elements)))
        digest = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        files.append(KnownFile(name=path.name, digest=digest, rank=rank))
    return KnownPart(name=name, images=files[0], labels=files[1], samples=samples)
