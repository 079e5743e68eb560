"""What a loss needs of labels and outputs, and what is measured beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.errors import ConfigurationError, DataError
from appliance.losses import Labels, check_labels, count_outputs, make_loss
from appliance.numerics.formats import F32, F64
from appliance.numerics.sums import sum_each_row
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.schema import LossName
    from appliance.losses import Loss


def classify(loss: Loss, outputs: NDArray[Any]) -> NDArray[Any]:
    """Return the classes of a loss that has them."""
    found = loss.classify(outputs)
    assert found is not None
    return found


BOTH = pytest.mark.parametrize("portable", [True, False], ids=["portable", "native"])


@pytest.mark.parametrize(
    ("name", "labels", "outputs"),
    [
        ("cross-entropy", Labels(10), 10),
        ("cross-entropy", Labels(1000), 1000),
        ("mean-squared-error", Labels(0, 3), 3),
        ("binary-cross-entropy", Labels(2), 1),
        ("binary-cross-entropy", Labels(0, 3), 3),
    ],
)
def test_losses_say_how_many_outputs_they_need(name: LossName, labels: Labels, outputs: int) -> None:
    """One for each class, one for each target, one for two classes."""
    assert count_outputs(name, labels) == outputs


@pytest.mark.parametrize(
    ("name", "labels", "says"),
    [
        ("cross-entropy", Labels(0, 3), "3 targets"),
        ("mean-squared-error", Labels(10), "10 classes"),
        ("binary-cross-entropy", Labels(10), "10 classes"),
    ],
)
def test_losses_that_do_not_fit_the_labels_are_refused(name: LossName, labels: Labels, says: str) -> None:
    """The error names what the loss needs, what was found, and the losses for other labels."""
    with pytest.raises(ConfigurationError) as caught:
        count_outputs(name, labels)
    assert caught.value.found == says
    assert caught.value.where == "training.loss"
    assert "mean-squared-error" in str(caught.value)


def test_binary_targets_are_no_or_yes() -> None:
    """Anything else is refused with the number of the sample; other losses take any target."""
    targets = np.array([[0, 1], [1, 1], [0.5, 0]], dtype=np.float32)
    check_labels("mean-squared-error", targets, "train_labels")
    check_labels("binary-cross-entropy", targets[:2], "train_labels")
    check_labels("binary-cross-entropy", np.array([0, 1, 1], np.uint8), "train_labels")
    with pytest.raises(DataError) as caught:
        check_labels("binary-cross-entropy", targets, "train_labels")
    assert (caught.value.where, caught.value.found) == ("train_labels, sample 2", 0.5)


@BOTH
def test_classes_are_the_largest_logits(portable: bool) -> None:
    """The first of equals; bytes up to 256 classes, larger numbers above."""
    loss = make_loss("cross-entropy", Labels(3), F32, portable=portable)
    logits = np.array([[0, 2, 2], [3, 1, 0], [0, 0, 1]], dtype=np.float32)
    assert (classify(loss, logits).tolist(), classify(loss, logits).dtype.name) == ([1, 0, 2], "uint8")
    assert loss.score(logits, np.array([1, 1, 2], np.uint8)) == {"accuracy": 2 / 3}
    wide = np.zeros((2, 300), np.float32)
    wide[1, 299] = 1.0
    assert (classify(loss, wide).tolist(), classify(loss, wide).dtype.name) == ([0, 299], "int32")


@BOTH
def test_answers_are_the_signs_of_logits(portable: bool) -> None:
    """Above zero is yes; the accuracy counts every output of every sample."""
    one = make_loss("binary-cross-entropy", Labels(2), F32, portable=portable)
    logits = np.array([[0.5], [-0.5], [0.0]], dtype=np.float32)
    assert classify(one, logits).tolist() == [1, 0, 0]
    assert one.score(logits, np.array([1, 1, 0], np.uint8)) == {"accuracy": 2 / 3}
    several = make_loss("binary-cross-entropy", Labels(0, 2), F32, portable=portable)
    logits, targets = np.array([[1, -1], [2, 2]], np.float32), np.array([[1, 0], [0, 1]], np.float32)
    assert classify(several, logits).tolist() == [[1, 0], [1, 1]]
    assert several.score(logits, targets) == {"accuracy": 0.75}


@BOTH
def test_a_regression_has_a_mean_absolute_error(portable: bool) -> None:
    """No accuracy, no classes; the loss is the mean over samples and targets."""
    loss = make_loss("mean-squared-error", Labels(0, 2), F32, portable=portable)
    outputs, targets = np.array([[1, 2], [3, 5]], np.float32), np.array([[1, 1], [1, 4]], np.float32)
    assert loss.evaluate(outputs, targets) == 1.5
    assert loss.score(outputs, targets) == {"mean_absolute_error": 1.0}
    assert loss.classify(outputs) is None


@pytest.mark.parametrize("value", [np.inf, np.nan, 2.0**401])
def test_a_regression_refuses_outputs_out_of_range(value: float) -> None:
    """The evaluation raises an error; a square that overflows would also be lost."""
    loss = make_loss("mean-squared-error", Labels(0, 1), F64, portable=True)
    with pytest.raises(NonFiniteError):
        loss.evaluate(np.array([[1.0], [value]]), np.zeros((2, 1), np.float32))


def test_sums_of_rows_do_not_depend_on_order_and_are_close() -> None:
    """Each row has its own unit; no row depends on another one."""
    words = np.arange(1.0, 41.0).reshape(4, 10) / 7.0 * np.array([[1.0], [1e-30], [1e30], [0.0]])
    sums = sum_each_row(words)
    assert sums.tolist() == sum_each_row(words[:, ::-1]).tolist() == sum_each_row(np.asfortranarray(words)).tolist()
    assert sums == pytest.approx(words.sum(axis=1), rel=1e-14)
    assert [sum_each_row(words[row : row + 1])[0] for row in range(4)] == sums.tolist()
    assert sum_each_row(words[:, :1]).tolist() == words[:, 0].tolist()
    assert sum_each_row(np.array([[2.0**-1000, 2.0**-990]])).tolist() == [0.0]
