"""A checkpoint that is whole and sealed, but whose contents cannot be a state of this training, is refused."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.checkpoints.intervals import Interval
from appliance.training.execute import run_training
from support.checkpointed import KilledError, Notes, list_files, make_short, train
from verify.errors import UsageError
from verify.files.checkpoint import (
    HISTORY_ROWS,
    STATEMENT,
    CheckpointFile,
    NumpyGenerator,
    format_statement,
    read_checkpoint,
    seal_parts,
)
from verify.files.history import format_history

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[CheckpointFile], CheckpointFile]


MIDDLE, END = "in the second epoch", "at the end of the first epoch"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CheckpointFile]:
    """Return the newest checkpoints of two trainings that were stopped, by the place where."""
    found = {}
    for place, steps in ((MIDDLE, 8), (END, 5)):
        folder = tmp_path_factory.mktemp("made") / "run.checkpoints"
        plan = attrs.evolve(Notes().plan(), interval=Interval(seconds=0))
        with pytest.raises(KilledError):
            train(make_short("adam"), folder, plan, steps=steps)
        found[place] = read_checkpoint(list_files(folder)[0])
    return found


def resume(file: CheckpointFile, folder: Path) -> Any:  # noqa: ANN401 - a record
    """Seal such a checkpoint and go on from it."""
    folder.mkdir(exist_ok=True)
    texts = {STATEMENT: format_statement(file.statement), HISTORY_ROWS: format_history(file.history).encode()}
    _, parts = seal_parts(file.arrays, texts)
    (folder / f"checkpoint-{file.statement.number:08d}.safetensors").write_bytes(b"".join(parts))
    return train(make_short("adam"), folder)


def state(**fields: Any) -> Change:  # noqa: ANN401 - of any field
    """Return what changes the statement."""
    return lambda file: attrs.evolve(file, statement=attrs.evolve(file.statement, **fields))


def array(name: str, change: Callable[[Any], Any]) -> Change:
    """Return what changes an array; None removes it."""

    def apply(file: CheckpointFile) -> CheckpointFile:
        arrays = {**file.arrays, name: change(file.arrays.get(name))}
        return attrs.evolve(file, arrays={key: value for key, value in arrays.items() if value is not None})

    return apply


def rows(change: Callable[[Any], Any]) -> Change:
    """Return what changes the history."""
    return lambda file: attrs.evolve(file, history=tuple(change(file.history)))


_BIAS, _PYTHON, _NUMPY = "state/dense_1.bias", "generator/python", "generator/numpy"
_STATE = NumpyGenerator(position=1, has_gauss=0, gauss=(0.0).hex())
MISFITS: dict[str, tuple[str, Change, str]] = {
    "a far epoch": (MIDDLE, state(epoch=10**9), "epoch 1000000000"),
    "after the end": (MIDDLE, state(epoch=3), "step 3"),
    "a far step": (MIDDLE, state(step=6), "step 6"),
    "an earlier epoch": (MIDDLE, state(epoch=1), "1 rows"),
    "no history": (MIDDLE, rows(lambda _: ()), "0 rows"),
    "rows of another epoch": (MIDDLE, rows(lambda all_: [attrs.evolve(all_[0], epoch=2)]), "1 rows"),
    "no terms": (MIDDLE, state(terms=0), "none"),
    "one term": (MIDDLE, state(terms=1), "float64 (48,)"),
    "a short term": (MIDDLE, array("term/0", lambda term: term[:1]), "(1,)"),
    "a wide term": (MIDDLE, array("term/0", lambda term: term.reshape(4, -1)), "(4, 12)"),
    "a term of another type": (MIDDLE, array("term/0", lambda term: term.astype(np.float32)), "float32"),
    "no bias": (MIDDLE, array(_BIAS, lambda _: None), "no such array"),
    "a bias of another shape": (MIDDLE, array(_BIAS, lambda bias: bias[:3]), "(3,)"),
    "a bias of another type": (MIDDLE, array(_BIAS, lambda bias: bias.astype(np.int32)), "int32"),
    "an array more": (MIDDLE, array("state/x", lambda _: np.zeros(1)), "float64 (1,)"),
    "other weights than the row": (END, array(_BIAS, lambda bias: bias + 1), "sha256:"),
    "a row of other weights": (
        END, rows(lambda all_: [attrs.evolve(all_[0], weights="sha256:" + "0" * 64)]), "sha256:"
    ),
}  # fmt: skip
BROKEN: dict[str, Change] = {
    "few words": array(_PYTHON, lambda words: words[:3]),
    "negative words": array(_PYTHON, lambda words: -words.astype(np.int64) - 1),
    "halves": array(_PYTHON, lambda words: words + 0.5),
    "a far place": array(_PYTHON, lambda words: words | 0xFFFF0000),
    "a short key": array(_NUMPY, lambda key: key[:3]),
    "a far position": state(numpy=attrs.evolve(_STATE, position=10**9)),
    "a strange flag": state(numpy=attrs.evolve(_STATE, has_gauss=7)),
    "callbacks that are none": state(callbacks=5),
    "a number as a state": state(callbacks={"names": ["A"], "states": {"list": [5]}}),
    "a scalar of no type": state(callbacks={"list": [{"dict": {"a": {"scalar": ["O8", "00"]}}}]}),
}


def test_sound_ones_are_taken(kept: dict[str, CheckpointFile], tmp_path: Path) -> None:
    """What the other tests change goes on to the undisturbed end if it is not changed."""
    expected = run_training(make_short("adam")).digests
    for number, file in enumerate(kept.values()):
        assert resume(file, tmp_path / str(number)).digests == expected


@pytest.mark.parametrize("case", MISFITS)
def test_a_state_that_does_not_fit(case: str, kept: dict[str, CheckpointFile], tmp_path: Path) -> None:
    """The first thing that cannot be is named, and what to do."""
    place, change, found = MISFITS[case]
    with pytest.raises(UsageError, match="does not fit this training") as error:
        resume(change(kept[place]), tmp_path / "c")
    assert found in str(error.value.found)
    assert "without --resume" in str(error.value.remedy)


@pytest.mark.parametrize("case", BROKEN)
def test_what_no_generator_or_callback_can_take(case: str, kept: dict[str, CheckpointFile], tmp_path: Path) -> None:
    """Such a checkpoint cannot be read, as one that is damaged; no generator of this process is touched."""

    def read() -> tuple[Any, ...]:
        numpy: Any = np.random.get_state()
        return random.getstate(), numpy[1].tolist(), numpy[2:]

    before = read()
    with pytest.raises(UsageError, match="no checkpoint of this training can be read"):
        resume(BROKEN[case](kept[MIDDLE]), tmp_path / "c")
    assert read() == before
