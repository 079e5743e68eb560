"""Files of stored sets: every defect fails its own control and stops a run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.config.schema import DataConfig
from appliance.data import load_dataset
from appliance.data.sources.stored_files import SUMS, inspect_stored, locate_files
from appliance.data.table import STORED as SOURCE
from appliance.errors import DataError
from support.idx_files import write_idx
from support.stored_sets import TRAIN, edit, place_own, renew_sums

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORED = DataConfig(source="stored", directory="mine")


def test_sound_set_meets_every_control(folder: Path) -> None:
    """21 controls pass, D001 to D008; only the training part must have a sample of every class."""
    controls, parts = inspect_stored(folder)
    assert (len(controls), len(parts)) == (21, 2)
    assert {control.status for control in controls} == {"pass"}
    assert {control.id for control in controls} == {f"D00{number}" for number in range(1, 9)}


@pytest.mark.parametrize("number", range(4))
def test_one_wrong_byte_is_found(folder: Path, number: int) -> None:
    """A byte that changed in any of the files fails its sum, and only that; a run is stopped by it."""
    path = locate_files(folder)[number]
    edit(path, -1, path.read_bytes()[-1] ^ 1)
    assert [control.id for control in inspect_stored(folder).results if control.status == "fail"] == ["D002"]
    with pytest.raises(DataError, match="D002") as caught:
        load_dataset(STORED, 0, folder.parent)
    assert caught.value.where == str(path)
    renew_sums(folder)
    assert load_dataset(STORED, 0, folder.parent).digest()


@pytest.mark.parametrize("number", range(4))
def test_each_file_is_needed(folder: Path, number: int) -> None:
    """A file that is missing, cut short or not listed is named by its control."""
    path = locate_files(folder)[number]
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(DataError, match="D003"):
        load_dataset(STORED, 0, folder.parent)
    path.unlink()
    with pytest.raises(DataError, match="D001"):
        load_dataset(STORED, 0, folder.parent)
    path.write_bytes(content)
    lines = (folder / SUMS).read_text().splitlines(keepends=True)
    (folder / SUMS).write_text("".join(lines[:number] + lines[number + 1 :]))
    with pytest.raises(DataError, match="D002"):
        load_dataset(STORED, 0, folder.parent)


@pytest.mark.parametrize("text", [None, "", "no sums\n", "0" * 63 + "  train-images-idx3-ubyte\n"])
def test_sums_are_needed(folder: Path, text: str | None) -> None:
    """Without readable sums there is nothing to compare files with, and that is an error."""
    (folder / SUMS).unlink()
    if text is not None:
        (folder / SUMS).write_text(text)
    with pytest.raises(DataError) as caught:
        load_dataset(STORED, 0, folder.parent)
    assert caught.value.where == folder / SUMS


@pytest.mark.parametrize(
    ("identity", "number", "content"),
    [
        ("D004", 0, lambda old: old[:8] + b"\0\0\0\x1b" + old[12 : 16 + TRAIN * 27 * 28]),
        ("D004", 0, lambda old: old[:8] + bytes(8)),
        ("D005", 1, lambda old: old[:4] + (len(old) - 9).to_bytes(4, "big") + old[8:-1]),
        ("D007", 3, lambda old: old[:-1] + b"\x0a"),
        ("D008", 1, lambda old: old[:8] + bytes(len(old) - 8)),
        ("D008", 1, lambda old: old[:-1] + b"\x0b"),
    ],
)
def test_files_of_the_user_are_controlled(
    identity: str, number: int, content: Callable[[bytes], bytes], folder: Path
) -> None:
    """Files with right checksums but wrong contents fail a control, which stops a run."""
    path = locate_files(folder)[number]
    path.write_bytes(content(path.read_bytes()))
    renew_sums(folder)
    with pytest.raises(DataError, match=identity):
        load_dataset(STORED, 0, folder.parent)


def _change_shape(folder: Path) -> None:
    path = locate_files(folder)[2]
    path.write_bytes(write_idx(np.zeros((12, 5, 6), dtype=np.uint8)))


def _change_rank(folder: Path) -> None:
    path = locate_files(folder)[2]
    path.rename(folder / "t10k-images-idx2-ubyte")
    (folder / "t10k-images-idx2-ubyte").write_bytes(write_idx(np.zeros((12, 30), dtype=np.uint8)))


def _add_class_to_test(folder: Path) -> None:
    edit(locate_files(folder)[3], -1, 3)


def _leave_out_class(folder: Path) -> None:
    edit(locate_files(folder)[1], -1, 4)


def _keep_one_class(folder: Path) -> None:
    locate_files(folder)[1].write_bytes(write_idx(np.zeros(30, dtype=np.uint8)))


def _misname(folder: Path) -> None:
    locate_files(folder)[0].rename(folder / "train-images-idx4-ubyte")


def _add_file(folder: Path) -> None:
    (folder / "train-images-idx2-ubyte").write_bytes(b"")


@pytest.mark.parametrize(
    ("defect", "identity"),
    [
        (_change_shape, "D004"),
        (_change_rank, "D004"),
        (_add_class_to_test, "D007"),
        (_leave_out_class, "D008"),
        (_keep_one_class, "D008"),
        (_misname, "D003"),
        (_add_file, "D001"),
    ],
)
def test_parts_that_do_not_agree_are_refused(defect: Callable[[Path], None], identity: str, tmp_path: Path) -> None:
    """Each defect of a set of 6 x 5 images in three classes fails its own control, and stops a run."""
    folder = place_own(tmp_path / "mine", (6, 5), 3)
    defect(folder)
    renew_sums(folder)
    failed = {result.id for result in SOURCE.check("mine", tmp_path) if result.status == "fail"}
    assert identity in failed
    with pytest.raises(DataError, match="the data fail a check"):
        load_dataset(STORED, 0, tmp_path)


def test_class_may_be_absent_from_the_test_part(tmp_path: Path) -> None:
    """The number of classes comes from the training labels alone."""
    folder = place_own(tmp_path / "mine", (6, 5), 3)
    locate_files(folder)[3].write_bytes(write_idx(np.ones(12, dtype=np.uint8)))
    renew_sums(folder)
    assert load_dataset(STORED, 0, tmp_path).classes == 3


def test_remedy_makes_the_set_that_is_missing(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command in the error works as printed; where files are there, they are to be mended."""
    with pytest.raises(DataError) as caught:
        load_dataset(STORED, 0, tmp_path)
    words = shlex.split(str(caught.value.remedy).partition(";")[0])
    assert words[:4] == ["repro-appliance", "data", "generate", "mine"]
    assert call(*words[1:]) == 0
    capsys.readouterr()
    assert len(load_dataset(STORED, 0, tmp_path).train_labels) > 10
    (tmp_path / "mine" / SUMS).unlink()
    with pytest.raises(DataError) as caught:
        load_dataset(STORED, 0, tmp_path)
    assert f"place the right files in {tmp_path / 'mine'}" in str(caught.value.remedy)
