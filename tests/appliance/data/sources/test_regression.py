"""The generated regression: a second program from its text, its range, and its fixed digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.config.schema import DataConfig
from appliance.data import load_dataset
from appliance.data.regression import draw_regression
from appliance.data.sources import regression
from appliance.data.table import check_set
from appliance.errors import DataError
from appliance.streams import draw_words

if TYPE_CHECKING:
    from pathlib import Path

DATA = DataConfig(source="regression", train_samples=600, test_samples=20)


def compute_sample(seed: int, part: str, number: int) -> tuple[list[float], float]:
    """Return features and target of one sample, by Python's whole numbers, from the text of docs/numerics.md."""
    block, place = divmod(number, 512)
    words = draw_words((place + 1) * 16, seed, f"regression/{part}", block)[16 * place :].tolist()
    u = [(word >> 48) - 2**15 for word in words]
    p = u[0] * u[1] >> 15
    noise = (u[10] + u[11] + u[12] + u[13] + u[14] + u[15]) >> 3
    target = (p * (2**15 - abs(p)) >> 13) + (u[2] * u[2] >> 14) + u[3] + (u[4] >> 1) + noise
    return [value / 2**15 for value in u[:10]], target / 2**15


def test_samples_are_those_of_the_text() -> None:
    """A second program finds the same numbers, beyond the first block too."""
    features, targets = draw_regression(1030, 5, "test")
    for number in (0, 1, 511, 512, 1029):
        expected, target = compute_sample(5, "test", number)
        assert features[number].tolist() == expected
        assert targets[number].tolist() == [target]


def test_a_smaller_set_is_the_beginning() -> None:
    """A sample depends on seed, part and number, and on no count."""
    small, large = draw_regression(10, 1, "train"), draw_regression(700, 1, "train")
    assert np.array_equal(small[0], large[0][:10])
    assert np.array_equal(small[1], large[1][:10])
    assert not np.array_equal(small[0], draw_regression(10, 2, "train")[0])
    assert not np.array_equal(small[0], draw_regression(10, 1, "test")[0])


def test_what_the_text_says_of_the_targets() -> None:
    """Range, mean and deviation are those that are stated; half of the features have no effect."""
    features, targets = draw_regression(20_000, 0, "train")
    assert (np.abs(features) <= 1).all()
    assert -3.25 <= targets.min() < targets.max() <= 5.25
    assert abs(float(targets.mean()) - 0.67) < 0.02
    assert abs(float(targets.std()) - 1.10) < 0.02


def test_a_data_set_is_loaded() -> None:
    """Its features are plain values, its labels one target; it changes with the seed."""
    dataset = load_dataset(DATA, 3)
    assert (dataset.features, dataset.classes, dataset.targets) == (10, 0, 1)
    assert (dataset.train_labels.shape, dataset.test_labels.shape) == ((600, 1), (20, 1))
    assert dataset.train_features.dtype == np.float32
    assert load_dataset(DATA, 4).digest() != dataset.digest()
    with pytest.raises(DataError, match="how many samples"):
        load_dataset(DataConfig(source="regression", train_samples=10), 0)


def test_the_digest_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`data check regression` fails when the generator gives other numbers."""
    assert {result.status for result in check_set("regression", tmp_path)} == {"pass"}
    real = draw_regression
    monkeypatch.setattr(regression, "draw_regression", lambda count, seed, part: real(count, seed + 1, part))
    assert [result.id for result in check_set("regression", tmp_path) if result.status == "fail"] == ["D009"]
