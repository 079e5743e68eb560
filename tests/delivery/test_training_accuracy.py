"""How close trainings come to float64: the measure, and what docs/evidence.md states."""

from __future__ import annotations

import re
from statistics import fmean

import numpy as np
import pytest

from delivery.training_accuracy import NETWORKS, PAGE, SETTINGS, compare, measure_projections, project

pytestmark = pytest.mark.checkout

_PROJECTION = re.compile(r"^\| (\d+) \| portable f32 \| ([0-9.]+) \| ([0-9.]+) \|$", re.MULTILINE)
_LOSS = re.compile(r"^\| (.+?) \| portable f32 \| (\d+) \| (\d+) \| ([0-9.e-]+) \| (\S+) \((\S+)\) \|$", re.MULTILINE)


def test_a_shorter_gradient_is_noticed() -> None:
    """The projection is the length along the reference; what is across it does not count."""
    reference = np.array([[3.0, 0.0], [0.0, 4.0]])
    assert project(0.98 * reference, reference) == pytest.approx(0.98)
    assert project(reference + np.array([[0.0, 5.0], [7.0, 0.0]]), reference) == 1


def test_one_side_is_unlikely_by_chance() -> None:
    """25 of 25 above is no chance, 13 of 25 is; equal losses do not count."""
    ones = [1.0] * 25
    biased = compare([1.0 + 1e-4] * 25, ones)
    assert (biased.above, biased.below) == (25, 0)
    assert biased.chance == pytest.approx(2 / 2**25)
    assert biased.mean == pytest.approx(1e-4)
    assert compare([1.1] * 13 + [0.9] * 12, ones).chance == 1
    assert compare([1.1] + [1.0] * 24, ones).chance == 1


@pytest.mark.slow
def test_gradients_do_not_become_smaller_with_every_layer() -> None:
    """Behind four layers the first gradient is as long as NumPy's float64 gradient, within a hundredth."""
    assert fmean(measure_projections(NETWORKS[0], 6, portable=True)) >= 0.99
    assert fmean(measure_projections(NETWORKS[0], 2, portable=False)) == pytest.approx(1, abs=1e-4)


def test_the_page_states_no_bias() -> None:
    """The rows of the page are those of the program; their projections and counts show no side."""
    page = PAGE.read_text(encoding="utf-8")
    projections = [(int(layers), float(mean)) for layers, mean, _ in _PROJECTION.findall(page)]
    assert [layers for layers, _ in projections] == [len(layers) - 1 for layers in NETWORKS]
    assert projections[0][1] >= 0.99
    losses = _LOSS.findall(page)
    assert [name for name, *_ in losses] == [str(setting) for setting in SETTINGS]
    assert all(int(above) + int(below) >= 100 for _, above, below, *_ in losses)
    assert all(float(chance) > 0.01 for *_, chance, _, _ in losses)
