"""The history: canonical lines that read back bit for bit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.edits import swap
from support.specimens import fake_digest, make_record, parse_record
from verify.errors import CouldNotJudgeError
from verify.files.history import format_history, parse_history
from verify.files.record import EpochRow

EPOCHS = parse_record(make_record()).epochs
TEXT = format_history(EPOCHS)


def test_history_survives_its_file() -> None:
    """One line an epoch, read back the same."""
    assert TEXT.count("\n") == len(EPOCHS)
    assert parse_history(TEXT.encode(), "here") == EPOCHS


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_losses_survive(loss: float) -> None:
    """Every finite loss is read back with its bits, the sign of zero too."""
    row = EpochRow(epoch=1, train_loss=loss, test_loss=-loss, test_accuracy=0.5, weights=fake_digest("w"))
    (found,) = parse_history(format_history([row]).encode(), "here")
    assert (found.train_loss.hex(), found.test_loss.hex()) == (loss.hex(), (-loss).hex())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT + "\n",
        TEXT.rstrip("\n"),
        swap(TEXT, ",", ", "),
        swap(TEXT, "\n", "\r\n"),
        swap(TEXT, "0.75", "7.5e-1"),
        swap(TEXT, '"epoch":1', '"epoch":1.0'),
        swap(TEXT, '"epoch":1,', ""),
        swap(TEXT, '"epoch":1,', '"epoch":1,"x":2,'),
        swap(TEXT, "0.75", "NaN"),
        "[]\n",
        "{",
    ],
)
def test_every_other_text_is_refused(text: str) -> None:
    """Other spaces, another order, a cut line or an unknown key are errors that name the source."""
    with pytest.raises(CouldNotJudgeError) as caught:
        parse_history(text.encode(), "here")
    assert str(caught.value.where).startswith("here")
