"""Whatever fails at whatever step: the earlier run or the new one is in place as a whole; foreign files stay."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import load_config
from appliance.runs import exchange, placing
from appliance.runs.directory import list_files
from appliance.runs.lock import lock_directory
from appliance.runs.placing import place_files
from appliance.runs.proof import prove_run, require_replaceable
from appliance.training.execute import run_training
from support.stepped_faults import Kind, count_steps, disturb
from verify.errors import UsageError
from verify.files.writing import sync_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Files = dict[str, bytes]

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="steps are counted in the functions of POSIX"),
    # A fault in the place of a `close` leaves a file open until it is collected.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

MODULES = ("appliance.runs", "verify.files.writing")
# `make torture` tries every step, a usual run every step of an error and some of the others.
STRIDES: dict[Kind, int] = {"error": 1, "interrupt": 7, "kill": 7}
FOREIGN = {
    "thesis.tex": b"years of work",
    ".run-abcdefgh.draft/thesis.tex": b"years of work",
    ".run-abcdefgh.earlier/record.json/inside": b"",
    ".run-mydraft/record.json": b"mine",
    ".other-abcdefgh.draft/record.json": b"of another run",
}


@attrs.frozen(kw_only=True)
class Scene:
    """A directory with foreign files, and two runs that may be written to one place in it."""

    folder: Path
    old: Files
    new: Files
    check: Callable[[Path], None]

    @property
    def place(self) -> Path:
        """Where runs are written."""
        return self.folder / "run"

    def write(self, files: Files) -> None:
        """Write a run."""
        place_files(files, self.place, self.check)

    def read(self) -> Files | None:
        """Return the files of the run in place, which must be a whole one; None where nothing is."""
        if not self.place.exists():
            return None
        prove_run(self.place)
        return {path.name: path.read_bytes() for path in self.place.iterdir()}

    def list_debris(self) -> set[str]:
        """Return what lies beside the place and is none of the foreign files, which must all be there."""
        found = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        assert all((self.folder / name).read_bytes() == content for name, content in FOREIGN.items())
        return {name for name in found - set(FOREIGN) if not name.startswith("run/")}


@pytest.fixture(scope="module")
def contents() -> tuple[Files, Files, Callable[[Path], None]]:
    """Return the files of two runs that differ in their place, and the check of what may be replaced."""
    record = run_training(load_config("smoke"))
    written = record.to_file()
    old, new = (list_files(record, attrs.evolve(written, run_dir=name)) for name in ("old", "new"))
    return old, new, partial(require_replaceable, config_digest=written.config_digest, profile=written.profile)


@pytest.fixture(params=["in one step", "by turns"])
def scene(
    request: pytest.FixtureRequest,
    contents: tuple[Files, Files, Callable[[Path], None]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    """Return a scene on a system that can exchange directories, and on one that cannot; the disk is not waited for."""
    if request.param == "by turns":
        monkeypatch.setattr(exchange, "find_renameat2", lambda: None)
    elif exchange.find_renameat2() is None:
        pytest.skip("this system cannot exchange directories")
    monkeypatch.setattr(os, "fsync", lambda _: None)
    for name, content in FOREIGN.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    old, new, check = contents
    return Scene(folder=tmp_path, old=old, new=new, check=check)


def list_steps(scene: Scene, files: Files, kind: Kind) -> range:
    """Return the steps to try."""
    stride = 1 if "TORTURE" in os.environ else STRIDES[kind]
    return range(1, count_steps(lambda: scene.write(files), kind, MODULES) + 1, stride)


@pytest.mark.slow
@pytest.mark.parametrize("kind", STRIDES)
def test_no_step_of_a_replacement_loses_a_run(scene: Scene, kind: Kind) -> None:
    """After a fault at any step one whole run is in place; where a kill leaves none, the next writer brings it back."""
    scene.write(scene.old)
    seen = 0
    for step in list_steps(scene, scene.old, kind):
        seen += disturb(lambda: scene.write(scene.new), kind, step, MODULES)
        debris = scene.list_debris()
        found = scene.read()
        if found is None:
            assert kind == "kill"
            assert exchange.find_renameat2() is None
            assert any(".earlier/" in name for name in debris)
            with pytest.raises(UsageError):  # a writer that is refused brings the run back, too
                place_files({}, scene.place, partial(require_replaceable, config_digest="", profile=""))
            found = scene.read()
        assert found in (scene.old, scene.new)
        scene.write(scene.old)
        assert scene.read() == scene.old
        assert scene.list_debris() == set()
    assert seen > 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", STRIDES)
def test_no_step_of_a_first_writing_leaves_half_a_run(scene: Scene, kind: Kind) -> None:
    """After a fault at any step nothing is in place, or the whole run; the next writer leaves nothing beside it."""
    steps = list_steps(scene, scene.new, kind)
    for step in steps:
        placing.remove_run(scene.place)
        disturb(lambda: scene.write(scene.new), kind, step, MODULES)
        assert scene.read() in (None, scene.new)
        scene.write(scene.new)
        assert scene.read() == scene.new
        assert scene.list_debris() == set()


def test_a_replacement_that_deletes_first_is_noticed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with the earlier run removed before the new one is in place, some step leaves no run."""

    def delete_first(draft: Path, place: Path, _check: object) -> None:
        placing.remove_run(place)
        draft.rename(place)

    monkeypatch.setattr(placing, "_install", delete_first)
    scene.write(scene.old)
    losses = 0
    for step in range(1, count_steps(lambda: scene.write(scene.old), "error", MODULES) + 1):
        disturb(lambda: scene.write(scene.new), "error", step, MODULES)
        losses += scene.place.exists() and len(list(scene.place.iterdir())) < len(scene.old)
        losses += not scene.place.exists()
        if losses:
            return
    pytest.fail("no step lost the run")


def test_a_file_that_arrives_meanwhile_is_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody puts into the directory between the check and the replacement stops it; all of it is in place."""
    scene.write(scene.old)
    plain = sync_directory

    def put_a_file(path: Path) -> None:
        (scene.place / "notes.txt").write_text("mine")
        plain(path)

    monkeypatch.setattr(placing, "sync_directory", put_a_file)
    with pytest.raises(UsageError, match=r"not a run"):
        scene.write(scene.new)
    assert (scene.place / "notes.txt").read_text() == "mine"
    (scene.place / "notes.txt").unlink()
    assert scene.read() == scene.old
    assert scene.list_debris() == set()


def test_what_a_killed_writer_left_is_removed(scene: Scene) -> None:
    """Half a draft is removed by the next writer of this place, and nothing else."""
    draft, trace, other = (
        scene.folder / f".run-{name}" for name in ("01234567.draft", "01234567.trace", "0123456a.trace")
    )
    for folder, name in ((draft, "record.json"), (trace, "events.jsonl"), (other, "thesis.tex")):
        folder.mkdir()
        (folder / name).write_bytes(b"{")
    scene.write(scene.new)
    assert not draft.exists()
    assert not trace.exists()
    assert (other / "thesis.tex").exists()
    shutil.rmtree(other)
    assert scene.list_debris() == set()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such lock")
def test_a_draft_of_a_living_writer_is_left_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another writer has the lock, its draft stays, and the run is written all the same."""
    monkeypatch.setattr("appliance.runs.lock._ATTEMPTS", 2)
    draft = scene.folder / ".run-01234567.draft"
    draft.mkdir()
    (draft / "record.json").write_bytes(b"{")
    with lock_directory(scene.folder) as alone:
        assert alone
        scene.write(scene.new)
    assert draft.exists()
    assert scene.read() == scene.new


def test_systems_without_the_function_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An answer that means unable is False; any other error is raised."""
    monkeypatch.setattr(exchange, "find_renameat2", lambda: None)
    assert not exchange.exchange(tmp_path / "a", tmp_path / "b")
    monkeypatch.undo()
    if exchange.find_renameat2() is not None:
        with pytest.raises(FileNotFoundError):
            exchange.exchange(tmp_path / "a", tmp_path / "b")
