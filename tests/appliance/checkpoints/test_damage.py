"""Damaged checkpoints: the one before is taken with a warning; where both are damaged, an error says so."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from appliance.checkpoints.folder import Folder
from appliance.checkpoints.lock import is_locked, lock_training
from appliance.training.execute import run_training
from support.checkpointed import KilledError, Notes, list_files, make_short, train
from support.stepped_faults import count_steps, disturb
from verify.errors import ApplianceError, UsageError
from verify.files.checkpoint import parse_checkpoint, read_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two checkpoints of the short training."""
    folder = tmp_path_factory.mktemp("interrupted") / "run.checkpoints"
    with pytest.raises(KilledError):
        train(make_short(), folder, steps=4)
    return folder


@pytest.fixture
def folder(interrupted: Path, tmp_path: Path) -> Path:
    """Return a copy of these checkpoints, elsewhere, as on another machine."""
    place = tmp_path / "run.checkpoints"
    shutil.copytree(interrupted, place)
    return place


def make_pipe(path: Path) -> None:
    """Put a pipe into the place of a file."""
    path.unlink()
    os.mkfifo(path)


def make_huge(path: Path) -> None:
    """Let a file look larger than anything that is read."""
    os.truncate(path, 1 << 35)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "zeros": lambda path: path.write_bytes(bytes(len(path.read_bytes()))),
    "another file": lambda path: path.write_text("x" * 100),
    "the one before": lambda path: shutil.copyfile(list_files(path.parent)[1], path),
    "a pipe": make_pipe,
    "huge": make_huge,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_newest_one_falls_back(damage: str, folder: Path) -> None:
    """The training goes on from the one before, with a warning that names the file, and ends with the same bits."""
    newest = list_files(folder)[0]
    DAMAGES[damage](newest)
    notes = Notes()
    record = train(make_short(), folder, notes.plan())
    assert record.digests == run_training(make_short()).digests
    assert "damaged" in notes[0]
    assert newest.name in notes[0]
    assert "resumed after epoch 1, step 3" in notes[1]
    assert not folder.exists()


def test_both_damaged_are_an_error(folder: Path) -> None:
    """--resume says so and what to do (exit code 2); without it the training begins again, with a note."""
    for path in list_files(folder):
        path.write_bytes(b"x")
    with pytest.raises(UsageError, match="no checkpoint of this training can be read") as error:
        train(make_short(), folder)
    assert "without --resume" in str(error.value)
    notes = Notes()
    assert train(make_short(), folder, notes.plan(resume=False)).digests == run_training(make_short()).digests
    assert "are damaged" in notes[0]


def test_every_changed_byte_is_noticed(interrupted: Path) -> None:
    """One bit of any byte: the reader refuses the file; the file as it was is read (control)."""
    data = list_files(interrupted)[0].read_bytes()
    parse_checkpoint(data, "as it was")
    stride = 1 if "TORTURE" in os.environ else 997
    for place in [*range(0, 600, 7), *range(600, len(data), stride)]:
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(ApplianceError):
            parse_checkpoint(changed, "changed")


def test_each_holds_the_seal_of_the_one_before(interrupted: Path) -> None:
    """The last two are kept, numbered, and chained."""
    newest, before = (read_checkpoint(path) for path in list_files(interrupted))
    assert newest.statement.previous == before.seal
    assert (before.statement.number, newest.statement.number) == (3, 4)


def test_a_broken_chain_falls_back(folder: Path, tmp_path: Path) -> None:
    """A sound newest one that follows another one than that beside it is passed over."""
    other = tmp_path / "other"
    with pytest.raises(KilledError):
        train(make_short(), other, steps=4)  # the same states at other times, so other seals
    shutil.copyfile(list_files(other)[0], list_files(folder)[0])
    notes = Notes()
    assert train(make_short(), folder, notes.plan()).digests == run_training(make_short()).digests
    assert "does not follow the one before it" in notes[0]


def test_a_damaged_older_one_is_no_matter(folder: Path) -> None:
    """The newest is sound and is taken, and nothing is said of the one before; nor of those before that."""
    newest, older = list_files(folder)
    shutil.copyfile(older, older.with_name("checkpoint-00000002.safetensors"))  # a sound one with another name
    older.write_bytes(b"x")
    notes = Notes()
    assert train(make_short(), folder, notes.plan()).digests == run_training(make_short()).digests
    assert notes == [f"note: resumed after epoch 1, step 4, from {folder}"], newest


def test_one_of_another_training_is_passed_over(folder: Path, tmp_path: Path) -> None:
    """In the place of either checkpoint; if both are of another training, nothing is removed."""
    other, expected = tmp_path / "other", run_training(make_short()).digests
    with pytest.raises(KilledError):
        train(make_short("adam"), other, steps=4)
    for place, after in ((0, "step 3"), (1, "step 4")):
        copy = tmp_path / str(place)
        shutil.copytree(folder, copy)
        shutil.copyfile(list_files(other)[place], list_files(copy)[place])
        notes = Notes()
        assert train(make_short(), copy, notes.plan()).digests == expected
        assert notes[-1] == f"note: resumed after epoch 1, {after}, from {copy}"
        assert (len(notes) == 2 and "of another training: config_digest" in notes[0]) == (place == 0)
    for plan in (Notes().plan(), Notes().plan(resume=False)):
        with pytest.raises(UsageError, match="of another training"):
            train(make_short(), other, plan)
    assert len(list_files(other)) == 2


def test_numbers_have_no_end(folder: Path) -> None:
    """After checkpoint 99,999,999 comes the next one, which is found again; a number is written in one way only."""
    newest = list_files(folder)[0]
    newest.rename(folder / "checkpoint-99999999.safetensors")
    (folder / "checkpoint-000000002.safetensors").write_bytes(b"mine")
    with pytest.raises(KilledError):
        train(make_short(), folder, steps=1)
    assert Folder(folder).list_numbers() == [100_000_000, 3]
    assert train(make_short(), folder).digests == run_training(make_short()).digests
    assert [path.name for path in folder.iterdir()] == ["checkpoint-000000002.safetensors"]


def test_what_nobody_may_read_is_not_called_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is access, and not to begin again, which would replace them."""

    def refuse(path: str, flags: int) -> int:
        if str(path).startswith(str(folder)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return os.open(path, flags)

    monkeypatch.setattr("verify.files.reading._open_at_once", refuse)
    with pytest.raises(UsageError, match="no checkpoint of this training can be read") as error:
        train(make_short(), folder)
    assert "access" in str(error.value.remedy)


def test_a_second_process_is_refused(folder: Path) -> None:
    """While a lock is held the training is refused at once; when its holder ends, it is free."""
    with lock_training(folder), pytest.raises(UsageError, match="another process trains this run now"):
        train(make_short(), folder)
    child = os.fork()
    if not child:
        with lock_training(folder):
            os._exit(0)
    os.waitpid(child, 0)
    train(make_short(), folder)
    with lock_training(folder):
        assert folder.is_dir()


def test_the_lock_of_a_copy_may_be_read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is enough to hold it; where it cannot be opened at all, the error names its file."""
    real = os.open

    def open_read_only(path: str, flags: int, *mode: int) -> int:
        if str(path).endswith("lock") and flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real(path, flags, *mode)

    (folder / "lock").touch()
    monkeypatch.setattr(os, "open", open_read_only)
    with lock_training(folder):
        assert is_locked(folder)
        with pytest.raises(UsageError, match="another process trains this run now"):
            train(make_short(), folder)
    assert not is_locked(folder)
    (folder / "lock").unlink()
    with pytest.raises(UsageError, match="cannot be written") as error:
        train(make_short(), folder)
    assert str(error.value.where).endswith("lock")
    assert "access" in str(error.value.remedy)


def test_a_look_at_a_lock_stops_nobody(folder: Path) -> None:
    """A list of runs asks for a lock for a moment; a training that begins meanwhile waits for it."""
    fcntl = pytest.importorskip("fcntl")
    (folder / "lock").touch()
    with (folder / "lock").open() as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        threading.Timer(0.05, lambda: fcntl.flock(stream, fcntl.LOCK_UN)).start()
        with lock_training(folder):
            assert is_locked(folder)


def test_checkpoints_that_cannot_be_removed_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The training is done nevertheless; a list of runs would call it interrupted."""
    monkeypatch.setattr("appliance.checkpoints.folder._remove", lambda _: None)
    notes = Notes()
    assert train(make_short(), folder, notes.plan(every=1000)).digests == run_training(make_short()).digests
    assert "could not be removed" in notes[1]


def test_foreign_files_stay(folder: Path) -> None:
    """What is not ours is never removed."""
    (folder / "thesis.tex").write_text("years of work")
    (folder / "trace-00000001").mkdir()
    (folder / "trace-00000001" / "notes").write_text("mine")
    train(make_short(), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["thesis.tex", "trace-00000001"]


MODULES = ("appliance.checkpoints.folder", "appliance.checkpoints.session", "verify.files.writing")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="steps are counted in the functions of POSIX")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["error", "kill"])
def test_a_fault_at_any_step_of_a_checkpoint(
    kind: str, interrupted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error of the system, or a kill, at planned points of writing, the training goes on to the same bits."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    config, expected, folder = make_short(), run_training(make_short()).digests, tmp_path / "run.checkpoints"
    shutil.copytree(interrupted, folder)

    def write() -> None:
        try:
            train(config, folder, steps=1)
        except KilledError:
            return

    total = count_steps(write, "kill" if kind == "kill" else "error", MODULES)
    stride = 1 if "TORTURE" in os.environ else max(1, total // 6)
    for step in range(1, total + 1, stride):
        shutil.rmtree(folder)
        shutil.copytree(interrupted, folder)
        disturb(write, "kill" if kind == "kill" else "error", step, MODULES)
        assert list_files(folder)
        read_checkpoint(list_files(folder)[0])
    assert train(config, folder).digests == expected
    assert not folder.exists()
