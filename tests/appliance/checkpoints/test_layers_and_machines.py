"""Checkpoints of every kind of layer, of another byte order, and of the generators of libraries."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance import Dataset
from appliance.checkpoints.contents import list_arrays, make_state
from appliance.config import parse_settings
from appliance.config.layers import LAYERS
from appliance.config.schema import DataConfig
from appliance.data import load_dataset
from appliance.launch.generators import capture_generators, restore_generators
from appliance.streams import draw_words
from appliance.training.execute import run_training
from appliance.training.loop import Training
from support.checkpointed import KilledError, list_files, make_short, train
from support.every_layer import CAUSAL, NETWORKS
from verify.digests import digest_arrays
from verify.files.checkpoint import (
    HISTORY_ROWS,
    STATEMENT,
    format_statement,
    parse_checkpoint,
    read_checkpoint,
    seal_parts,
)
from verify.files.history import format_history

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.training.record import Record
    from appliance.training.state import TrainingState

ALL = {**NETWORKS, "causal": CAUSAL}
STEPS = 6


def make_data(name: str) -> Dataset:
    """Return 40 samples for training, so that the last batch of 16 is a smaller one."""
    shape = (48, 12) if name == "tokens" else (48, 28, 28)
    words = draw_words(int(np.prod(shape)), 3, "pixels").reshape(shape)
    values = np.where(words % 3 == 0, words >> np.uint64(56), 0).astype(np.int64 if name == "tokens" else np.uint8)
    labels = np.arange(48) % 10
    return Dataset.from_arrays(values[:40], labels[:40], values[40:], labels[40:], classes=10)


def make_network(name: str) -> tuple[Config, Dataset]:
    """Return a training of 2 epochs of 3 steps."""
    short = make_short("momentum")
    config = parse_settings({**short.settings(), "model": {"layers": ALL[name]}}, where="a test")
    return attrs.evolve(config, data=DataConfig(source="own", train_samples=40, test_samples=8)), make_data(name)


def read(record: Record) -> tuple[Any, ...]:
    """Return what speaks of the results of a run."""
    return record.digests, record.epochs, digest_arrays(record.parameters)


def find_differences(name: str, folder: Path) -> list[int]:
    """Return after which steps a training of a network cannot be stopped and taken up without other results."""
    config, data = make_network(name)
    expected, found = read(run_training(config, dataset=data)), []
    for steps in range(1, STEPS):
        with pytest.raises(KilledError):
            train(config, folder, steps=steps, dataset=data)
        if read(train(config, folder, dataset=data)) != expected:
            found.append(steps)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_layers_of_every_kind_go_on(name: str, tmp_path: Path) -> None:
    """Stopped after every step, at the end of an epoch too, and taken up by a fresh training: the same bits."""
    assert find_differences(name, tmp_path / "c") == []


def test_there_are_layers_of_every_kind() -> None:
    """A new kind of layer has to be in one of these networks."""

    def list_kinds(tables: list[dict[str, Any]]) -> set[str]:
        return {table["kind"] for table in tables}.union(*(list_kinds(table.get("layers", [])) for table in tables))

    assert set().union(*map(list_kinds, ALL.values())) == set(LAYERS)


def swap(array: NDArray[Any]) -> NDArray[Any]:
    """Return the same numbers as a machine of the other byte order keeps them."""
    return array.astype(array.dtype.newbyteorder(">"))


def change_arrays(state: TrainingState, change: Any) -> TrainingState:  # noqa: ANN401 - of one array
    """Return a state with other arrays."""
    arrays = {name: change(array) for name, array in state.arrays.items()}
    return attrs.evolve(state, arrays=arrays, terms=tuple(change(term) for term in state.terms))


def test_another_byte_order_gives_the_same_file(tmp_path: Path) -> None:
    """What a big-endian machine keeps makes the same bytes and the same seal; other numbers make others (control)."""
    with pytest.raises(KilledError):
        train(make_short("adam"), tmp_path / "c", steps=4)
    path = list_files(tmp_path / "c")[0]
    file = read_checkpoint(path)
    state = make_state(file)

    def write(arrays: Mapping[str, NDArray[Any]]) -> bytes:
        texts = {STATEMENT: format_statement(file.statement), HISTORY_ROWS: format_history(file.history).encode()}
        return b"".join(seal_parts(dict(arrays), texts)[1])

    arrays = list_arrays(state)[0]
    written = write({name: swap(array) for name, array in arrays.items()})
    assert written == path.read_bytes()
    assert parse_checkpoint(written, "written").seal == file.seal
    assert write({name: array.byteswap() for name, array in arrays.items()}) != written


def test_a_training_goes_on_with_the_other_byte_order() -> None:
    """Arrays that are read in another byte order than the machine's are the same numbers."""
    config = make_short("adam")
    data = load_dataset(config.data, config.seed)

    def finish(change: Any) -> tuple[str, Any]:  # noqa: ANN401 - of one array
        first, second = (Training(config, data, portable=True) for _ in range(2))
        for epoch, step in first.steps():
            if (epoch, step) == (2, 2):
                break
        second.restore(change_arrays(first.capture(), change))
        second.run()
        return digest_arrays(second.parameters), second.history

    assert finish(swap) == finish(np.array)
    assert finish(lambda array: np.nextafter(array, 1)) != finish(np.array)


def test_the_generator_of_torch_goes_on(tmp_path: Path) -> None:
    """Its state goes through the file: the next numbers are those that were to come; without it they are others."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(5)
    torch.rand(3)
    with pytest.raises(KilledError):
        train(make_short(), tmp_path / "c", steps=2)
    generators = make_state(read_checkpoint(list_files(tmp_path / "c")[0])).generators
    assert generators is not None
    assert generators.torch is not None
    expected = torch.rand(4).tolist()
    assert torch.rand(4).tolist() != expected
    torch.manual_seed(9)
    restore_generators(generators)
    assert torch.rand(4).tolist() == expected
    restore_generators(attrs.evolve(generators, torch=None))
    assert torch.rand(4).tolist() != expected


FAKE_TORCH = """
import numpy

state = numpy.zeros(3, numpy.uint8)
from_numpy = numpy.array

def get_rng_state():
    class Tensor:
        numpy = staticmethod(lambda: state)
    return Tensor

def set_rng_state(found):
    state[...] = found
"""


def test_a_library_that_a_step_will_import_gets_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may import PyTorch in a callback: its state waits for nothing. Without the library nothing happens."""
    kept = attrs.evolve(capture_generators(), torch=np.array([4, 5, 6], dtype=np.uint8))
    monkeypatch.setitem(sys.modules, "torch", None)  # an import fails
    restore_generators(kept)
    monkeypatch.delitem(sys.modules, "torch")
    (tmp_path / "torch.py").write_text(FAKE_TORCH)
    monkeypatch.syspath_prepend(str(tmp_path))
    restore_generators(kept)
    torch = sys.modules.pop("torch")
    assert torch.state.tolist() == [4, 5, 6]


def test_the_generators_of_python_and_numpy_go_on() -> None:
    """Half of a pair of normal numbers, which both keep, goes on as well."""
    random.gauss(0, 1)
    np.random.standard_normal()
    generators = capture_generators()

    def draw() -> list[float]:
        return [random.gauss(0, 1), random.random(), *np.random.standard_normal(3)]  # noqa: S311 - as above

    expected = draw()
    assert draw() != expected
    restore_generators(generators)
    assert draw() == expected
