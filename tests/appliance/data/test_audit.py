"""The audit: all controls of a set, each with its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.data import audit
from appliance.data.audit import audit_known, audit_synthetic
from appliance.data.catalog import find_known
from appliance.data.synthetic import draw_synthetic
from support.idx_files import DEFECTS, draw_labels, place_set

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.data.catalog import KnownSet

FILE = ["D001", "D002", "D003"]
SAMPLES = ["D004", "D005", "D006", "D007", "D008"]


def test_sound_set_passes_every_control(small_set: KnownSet, tmp_path: Path) -> None:
    """Each part has three controls for each file and five for its samples."""
    controls = audit_known(small_set, tmp_path)
    assert [control.id for control in controls] == [*FILE, *FILE, *SAMPLES] * 2
    assert all(control.holds for control in controls)


@pytest.mark.parametrize("name", DEFECTS)
def test_damage_fails_digest_as_well_as_format(name: str, small_set: KnownSet, tmp_path: Path) -> None:
    """A damaged file fails two controls, of which the second says what kind of damage it is."""
    path = small_set.locate(small_set.train.images, tmp_path)
    path.write_bytes(DEFECTS[name].damage(path.read_bytes()))
    failed = [control for control in audit_known(small_set, tmp_path) if not control.holds]
    assert [control.id for control in failed] == ["D002", "D003"]
    assert failed[1].found.startswith(DEFECTS[name].title)
    assert {control.where for control in failed} == {str(path)}


def test_missing_file_fails_its_control(small_set: KnownSet, tmp_path: Path) -> None:
    """A missing file fails once; what cannot be looked at is left out, not passed."""
    small_set.locate(small_set.test.labels, tmp_path).unlink()
    controls = audit_known(small_set, tmp_path)
    assert [control.id for control in controls] == [*FILE, *FILE, *SAMPLES, *FILE, "D001"]
    assert [control.id for control in controls if not control.holds] == ["D001"]


def test_wrong_content_fails_its_control(tmp_path: Path) -> None:
    """Files that are whole still have to hold such a set."""
    known = place_set(tmp_path, labels=draw_labels(40) + np.uint8(1))
    assert [control.id for control in audit_known(known, tmp_path) if not control.holds] == ["D007", "D008"]


def test_synthetic_set_passes_every_control() -> None:
    """Generated samples meet the controls of real ones, and have the digest of the specification."""
    controls = audit_synthetic()
    assert [control.id for control in controls] == [*SAMPLES, *SAMPLES, "D009"]
    assert all(control.holds for control in controls)


def test_changed_generator_fails_its_control(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that makes other samples, as another seed does, is found."""
    monkeypatch.setattr(audit, "draw_synthetic", lambda count, seed, part: draw_synthetic(count, seed + 1, part))
    assert [control.id for control in audit_synthetic() if not control.holds] == ["D009"]


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_published_sets_pass_every_control(name: str, real_data: Path) -> None:
    """The published files meet all 22 controls."""
    controls = audit_known(find_known(name), real_data)
    assert len(controls) == 22
    assert all(control.holds for control in controls)
