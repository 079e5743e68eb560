"""Arrays by name: npy and npz files, and IDX files, compressed with gzip or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.data.idx import decode_idx, read_file
from appliance.data.readers.damage import make_damage
from appliance.data.readers.npy import IN_MEMORY, open_npy, read_npz
from appliance.data.rows import MemoryRows
from appliance.data.stored_rows import open_stored

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.data.rows import Rows

LARGEST_PACKED = 1 << 32  # bytes of a gzip file, which is unpacked in memory


def split_reference(reference: str) -> tuple[str, str]:
    """Return the path and the name of an array in its file, which is empty but for npz files.

    >>> split_reference("data/mine.npz:x_train"), split_reference("x.npy")
    (('data/mine.npz', 'x_train'), ('x.npy', ''))
    """
    path, mark, name = reference.partition(".npz:")
    return (f"{path}.npz", name) if mark else (reference, "")


def open_array(path: Path, name: str) -> Rows:
    """Return the rows (n, ...) of an array, with elements of the type that is stored, in this machine's byte order.

    The end of the name tells the kind of the file: .npy, .npz, and IDX for all others, in gzip where it ends in .gz.
    Large npy and IDX files are not read at once, but row by row.

    Raises:
        DataError: the file is missing, damaged, or no array of numbers.
    """
    if path.suffix == ".npz":
        if not name:
            expected = "a file and a name, such as mine.npz:x"
            raise make_damage("an npz file holds several arrays", expected, path.name, path, "name one of its arrays")
        return read_npz(path, name)
    if path.suffix == ".npy":
        return open_npy(path)
    if path.suffix == ".gz":
        values = decode_idx(read_file(path, limit=LARGEST_PACKED), rank=None, where=path)
        return MemoryRows(values.astype(values.dtype.newbyteorder("="), copy=False))
    rows = open_stored(path, rank=None)
    small = path.stat().st_size <= IN_MEMORY
    return MemoryRows(rows.read()) if small else rows
