"""Arrays in files: every row is the one in memory, and a file that changed is an error."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.data import stored_rows as stored_module
from appliance.data.stored_rows import StoredRows, open_stored
from appliance.errors import DataError
from support.idx_files import IMAGES, draw_images, write_idx
from verify.digests import digest_arrays, digest_bytes, digest_file
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

COUNT = 37
VALUES = draw_images(COUNT).reshape(COUNT, 784)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoredRows:
    """Return `VALUES` in a file, read in blocks of five rows."""
    monkeypatch.setattr(stored_module, "_BLOCK_BYTES", 5 * 784)
    path = tmp_path / "images"
    path.write_bytes(write_idx(draw_images(COUNT)))
    return open_stored(path, rank=3).flatten()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.integers(0, COUNT - 1), max_size=60))
def test_taking_equals_indexing(stored: StoredRows, rows: list[int]) -> None:
    """Rows in any order, neighbours, repeated ones or none are those of the array in memory."""
    chosen = np.array(rows, dtype=np.int64)
    assert np.array_equal(stored.take(chosen), VALUES[chosen])


@given(start=st.integers(-50, 50), stop=st.integers(-50, 50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_slicing_equals_slicing(stored: StoredRows, start: int, stop: int) -> None:
    """Consecutive rows are those of the array in memory, for any bounds."""
    assert np.array_equal(stored.read(start, stop), VALUES[start:stop])


@pytest.mark.parametrize("count", [0, 1, 5, 6, COUNT])
def test_blocks_are_all_rows_in_order(stored: StoredRows, count: int) -> None:
    """Blocks are as long as they should be and have every row once, also for the first rows only."""
    blocks = list(stored.first(count).blocks())
    assert [len(block) for block in blocks] == [5] * (count // 5) + [count % 5] * (count % 5 > 0)
    assert np.array_equal(np.concatenate([VALUES[:0], *blocks]), VALUES[:count])


def test_shape_and_type_are_told_without_reading(stored: StoredRows) -> None:
    """What controls ask for is known from the header."""
    assert (stored.shape, len(stored)) == ((COUNT, 784), COUNT)
    assert stored.dtype == np.uint8
    assert open_stored(stored.path, rank=3).shape == (COUNT, 28, 28)


@pytest.mark.parametrize("count", [COUNT, 5, 0])
def test_digest_is_that_of_the_array_in_memory(stored: StoredRows, count: int) -> None:
    """Neither blocks nor storage show in a digest; a changed bit does."""
    expected = digest_arrays({"features": VALUES[:count]})
    assert digest_arrays({"features": stored.first(count)}) == expected
    if count:
        content = bytearray(stored.path.read_bytes())
        content[16 + 784 * count - 1] ^= 1
        stored.path.write_bytes(content)
        again = open_stored(stored.path, rank=3).flatten().first(count)
        assert digest_arrays({"features": again}) != expected


@attrs.frozen
class Halves:
    """An array of floats in two blocks."""

    whole: NDArray[np.float32]

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """The type of the elements."""
        return self.whole.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions."""
        return self.whole.shape

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield the halves; the second is laid out backwards in memory."""
        half = len(self.whole) // 2
        yield self.whole[:half]
        yield np.asfortranarray(self.whole[half:])


def test_digest_of_blocks_of_floats() -> None:
    """Blocks of any layout give the digest of the whole; one that is not finite in a later block is refused."""
    whole = np.arange(24, dtype=np.float32).reshape(6, 4)
    assert digest_arrays({"x": Halves(whole)}) == digest_arrays({"x": whole})
    whole[5, 3] = np.nan
    with pytest.raises(NonFiniteError):
        digest_arrays({"x": Halves(whole)})


def test_digest_of_a_file_is_that_of_its_bytes(stored: StoredRows) -> None:
    """Reading in blocks changes nothing."""
    assert digest_file(stored.path) == digest_bytes(stored.path.read_bytes())


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def _exchange(path: Path) -> None:
    status = path.stat()
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def _rewrite(path: Path) -> None:
    status = path.stat()
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _alter(path: Path) -> None:
    """Change a byte and put both times back that a program can set."""
    time.sleep(0.05)  # longer than the step of the clock of the file system
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("change", [_truncate, _exchange, _rewrite, _alter])
def test_file_that_changed_is_reported(stored: StoredRows, change: Callable[[Path], None]) -> None:
    """Rows of a file that was cut, replaced or written to after it was opened are an error."""
    change(stored.path)
    for read in (lambda: stored.take(np.array([3])), lambda: stored.read(0, 2), lambda: list(stored.blocks())):
        with pytest.raises(DataError, match="has changed") as caught:
            read()
        assert caught.value.where == stored.path
        assert caught.value.remedy


def test_file_that_went_away_is_reported(stored: StoredRows) -> None:
    """A file that was deleted is a missing one."""
    stored.path.unlink()
    with pytest.raises(DataError, match="missing"):
        stored.take(np.array([3]))


def test_short_reads_are_continued(stored: StoredRows) -> None:
    """A system that hands out fewer bytes than asked for is asked again."""

    class ShortReader:
        """A file that gives a hundred bytes at a time."""

        def __init__(self) -> None:
            self.file = Path(stored.path).open("rb", buffering=0)  # noqa: SIM115 (closed below)

        def seek(self, offset: int) -> int:
            return self.file.seek(offset)

        def readinto(self, room: memoryview) -> int | None:
            return self.file.readinto(room[:100])

    reader, room = ShortReader(), bytearray(784)
    rest = stored_module._read_into(reader, 16 + 784, memoryview(room), 784)  # type: ignore[arg-type]
    reader.file.close()
    assert (len(rest), bytes(room)) == (0, VALUES[1].tobytes())


_RAW = write_idx(IMAGES)


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"", "wrong magic number"),
        (b"\x1f\x8b" + _RAW, "wrong magic number"),
        (write_idx(IMAGES, kind=13), "another element type"),
        (write_idx(IMAGES.reshape(3, 784)), "another number of dimensions"),
        (_RAW[:9], "ends inside its header"),
        (_RAW[:-1], "fewer elements"),
        (_RAW[:4] + b"\xff" * 12 + _RAW[16:], "fewer elements"),
        (_RAW + b"\0", "continues after its last element"),
    ],
)
def test_defect_of_an_uncompressed_file_is_named(content: bytes, title: str, tmp_path: Path) -> None:
    """Whatever is wrong with a header or a length is found without reading the elements."""
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(DataError, match=title) as caught:
        open_stored(path, rank=3)
    assert caught.value.where == path


def test_directory_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    """What cannot be read is said to be so."""
    with pytest.raises(DataError, match="cannot be read"):
        open_stored(tmp_path, rank=3)
