"""Leaving out columns of zeros: it changes no bit, for any weights in the rows that are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.streams import draw_words
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_trainer
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Kind


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("kept", [0, 3, 500])
def test_leaving_out_columns_of_zeros_changes_no_bit(precision: str, optimizer: str, kept: int) -> None:
    """Training on the columns that are not always zero gives the weights of training on all."""
    config, digests = make_config(precision=precision, name=optimizer), []
    columns = np.sort(np.argsort(draw_words(784, 5, "columns"), kind="stable")[:kept])
    for selected in (True, False):
        trainer = make_trainer(config, portable=True)
        trainer.reset_bounds()
        with trainer.select_columns(columns if selected else None):
            for step in range(12):
                pixels, labels = make_batch(seed=step)
                pixels[:, np.setdiff1d(np.arange(784), columns)] = 0
                trainer.step(Samples(pixels[:, columns] if selected else pixels, labels), 0.05)
        digests.append(digest_arrays(trainer.network.parameters()))
    assert digests[0] == digests[1]


def test_leaving_out_a_column_that_is_set_changes_bits() -> None:
    """Negative control: the same law fails when a column that matters is left out."""
    digests = []
    for columns in (np.arange(784), np.arange(783)):
        trainer = make_trainer(make_config(), portable=True)
        pixels, labels = make_batch()
        pixels[:, -1] = 200
        with trainer.select_columns(columns):
            trainer.step(Samples(pixels[:, columns], labels), 0.05)
        digests.append(digest_arrays(trainer.network.parameters()))
    assert digests[0] != digests[1]


def test_a_row_that_is_left_out_counts_in_the_choice_of_grids() -> None:
    """The largest weight of all belongs to a column of zeros; the grid is the same without that row."""
    digests = []
    for columns in (None, np.arange(1, 784)):
        trainer = make_trainer(make_config(precision="f32"), portable=True)
        trainer.network.parameters()["dense_1.weight"][0, 3] = 8.0
        trainer.reset_bounds()
        with trainer.select_columns(columns):
            for step in range(4):
                pixels, labels = make_batch(seed=step)
                pixels[:, 0] = 0
                trainer.step(Samples(pixels if columns is None else pixels[:, columns], labels), 0.05)
        digests.append(digest_arrays(trainer.network.parameters()))
    assert digests[0] == digests[1]


def test_a_row_that_was_left_out_counts_with_its_new_values() -> None:
    """When all columns are used again, a weight that was large and is now zero has no effect."""
    logits = []
    for columns in (None, np.arange(1, 784)):
        trainer, (pixels, _) = make_trainer(make_config(precision="f32"), portable=True), make_batch()
        trainer.network.parameters()["dense_1.weight"][0, 3] = 8.0
        with trainer.select_columns(columns):
            pass
        trainer.network.parameters()["dense_1.weight"][0, 3] = 0.0
        trainer.reset_bounds()
        logits.append(trainer.forward.predict(pixels).tobytes())
    assert logits[0] == logits[1]


def train_on_full_accumulators(columns: NDArray[np.intp] | None) -> str:
    """Return the digest of one step in which weights and pixels of one sign fill every piece's accumulator."""
    trainer = make_trainer(make_config(layers=(784, 10), precision="f32"), portable=True)
    words = draw_words(784 * 26, 1, "full")
    pixels = (240 + words[: 784 * 16].reshape(16, 784) % 16).astype(np.uint8)
    pixels[:, 700:] = 0
    trainer.network.parameters()["dense_1.weight"][:] = (180 + words[784 * 16 :].reshape(784, 10) % 8) / 256.0
    trainer.reset_bounds()
    with trainer.select_columns(columns):
        shifted, _ = trainer.step(Samples(pixels if columns is None else pixels[:, columns], make_batch()[1]), 0.05)
    return digest_arrays(trainer.network.parameters() | {"shifted": np.array(shifted)})


def test_pieces_are_cut_before_columns_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums that are rounded where pieces meet are the same; control: with pieces of another length they are not."""
    plain = train_on_full_accumulators(None)
    assert train_on_full_accumulators(np.arange(700)) == plain

    def cut_shorter(_: Kind, length: int) -> tuple[tuple[int, int], ...]:
        return tuple((start, min(start + 196, length)) for start in range(0, length, 196))

    monkeypatch.setattr("appliance.numerics.formats.Kind.split", cut_shorter)
    assert train_on_full_accumulators(None) != plain
