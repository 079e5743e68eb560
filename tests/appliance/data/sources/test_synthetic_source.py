"""The source of generated images: what a check says about it, and how it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.config.schema import DataConfig
from appliance.data import MemoryRows, load_dataset
from appliance.data.sources import synthetic
from appliance.data.sources.synthetic import SyntheticSource
from appliance.data.synthetic import draw_synthetic
from appliance.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

SYNTHETIC = DataConfig(source="synthetic", train_samples=64, test_samples=32)
SAMPLES = ["D004", "D005", "D006", "D007", "D008"]


def test_synthetic_set_passes_every_control(tmp_path: Path) -> None:
    """Generated samples pass the controls of real ones, and have the digest of the specification."""
    controls = SyntheticSource().check("synthetic", tmp_path)
    assert [control.id for control in controls] == [*SAMPLES, *SAMPLES, "D009"]
    assert all(control.status == "pass" for control in controls)


def test_changed_generator_fails_its_control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that makes other samples, as another seed does, is found."""
    monkeypatch.setattr(synthetic, "draw_synthetic", lambda count, seed, part: draw_synthetic(count, seed + 1, part))
    assert [control.id for control in SyntheticSource().check("synthetic", tmp_path) if control.status == "fail"] == [
        "D009"
    ]


def test_synthetic_data_need_no_directory() -> None:
    """Generated samples depend on the seed alone."""
    dataset = load_dataset(SYNTHETIC, 3)
    assert dataset.train_features.shape == (64, 784)
    assert (dataset.sample_shape, dataset.classes) == ((28, 28), 10)
    assert dataset.test_labels.shape == (32,)
    assert isinstance(dataset.train_features, MemoryRows)
    assert not dataset.train_features.values.flags.writeable
    assert not dataset.test_labels.flags.writeable
    assert dataset.digest() == load_dataset(SYNTHETIC, 3).digest()
    assert dataset.digest() != load_dataset(SYNTHETIC, 4).digest()


@pytest.mark.parametrize("counts", [(0, 32), (64, 0)])
def test_endless_synthetic_data_are_refused(counts: tuple[int, int]) -> None:
    """Zero means all samples, and generated samples have no last one."""
    with pytest.raises(DataError, match="how many samples to generate"):
        load_dataset(DataConfig(source="synthetic", train_samples=counts[0], test_samples=counts[1]), 0)
