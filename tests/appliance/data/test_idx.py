"""IDX files: sound ones are read exactly, each defect gives its one error."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.data.idx import decode_idx, encode_header, measure_idx, read_file
from appliance.errors import DataError
from support.idx_files import DEFECTS, IMAGES, pack, write_idx

WHERE = Path("images.gz")
GOOD = pack(write_idx(IMAGES))


def test_sound_file_is_read_exactly() -> None:
    """All elements, the shape and the type come back, and nothing can be written to."""
    found = decode_idx(GOOD, rank=3, where=WHERE)
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    assert not found.flags.writeable
    assert np.array_equal(found, IMAGES)


@pytest.mark.parametrize("count", [0, 1])
def test_smallest_files_are_read(count: int) -> None:
    """No element and one element are sound files."""
    assert decode_idx(pack(write_idx(IMAGES[0, 0, :count])), rank=1, where=WHERE).shape == (count,)


def test_zero_padding_after_the_gzip_is_no_damage() -> None:
    """Zero bytes after a gzip member are padding, as gzip itself has it."""
    assert np.array_equal(decode_idx(GOOD + b"\0" * 512, rank=3, where=WHERE), IMAGES)


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_gives_its_one_error(name: str) -> None:
    """A defect is reported by the title that belongs to it, with expected, found, file and remedy."""
    with pytest.raises(DataError) as caught:
        decode_idx(DEFECTS[name].damage(GOOD), rank=3, where=WHERE)
    error = caught.value
    assert error.title == DEFECTS[name].title
    assert error.where == WHERE
    assert None not in (error.expected, error.found, error.remedy)
    assert error.exit_code == 2


@given(position=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255), end=st.integers(0, len(GOOD)))
def test_any_damage_is_harmless_or_reported(position: int, value: int, end: int) -> None:
    """Whatever byte is changed and wherever the file is cut, the result is the right array or a data error."""
    damaged = (GOOD[:position] + bytes([value]) + GOOD[position + 1 :])[:end]
    try:
        found = decode_idx(damaged, rank=3, where=WHERE)
    except DataError:
        return
    assert np.array_equal(found, IMAGES)


def test_no_more_is_unpacked_than_the_header_promises() -> None:
    """A small file that would unpack to 64 MiB costs no such memory."""
    bomb = pack(write_idx(IMAGES[0, 0, :1]) + bytes(64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="continues after its last element"):
            decode_idx(bomb, rank=1, where=WHERE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 << 20


def test_missing_file_is_reported(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(DataError, match="a data file is missing") as caught:
        read_file(tmp_path / "absent.gz", limit=100)
    assert caught.value.where == tmp_path / "absent.gz"


def test_directory_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    """A directory cannot be read as a file."""
    with pytest.raises(DataError, match="a data file cannot be read"):
        read_file(tmp_path, limit=100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe without a writer, a device and a socket are refused at once."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(DataError, match="a data file cannot be read"):
            read_file(path, limit=100)
        with pytest.raises(DataError, match="a data file cannot be read"):
            measure_idx(path, rank=3)


def test_large_file_is_refused(tmp_path: Path) -> None:
    """One byte above the limit is too many."""
    (tmp_path / "a").write_bytes(b"12345")
    assert read_file(tmp_path / "a", limit=5) == b"12345"
    with pytest.raises(DataError, match="too large"):
        read_file(tmp_path / "a", limit=4)


def test_impossible_header_is_refused_before_unpacking() -> None:
    """Gzip cannot hold more than 1032 bytes in one: a header that states more is wrong, whatever follows."""
    packed = gzip.compress(encode_header((2**32 - 1, 2**32 - 1)) + bytes(1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="fewer elements"):
            decode_idx(packed, rank=2, where=WHERE)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
