"""What cannot fit into memory is refused before it is allocated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import load_config, make_stack
from appliance.errors import ConfigurationError
from appliance.training import memory
from appliance.training.execute import run_training
from verify.host.memory import read_memory

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config

SMOKE = load_config("smoke")


@pytest.mark.parametrize(
    "config",
    [
        attrs.evolve(SMOKE, model=make_stack(784, 44_000, 44_000, 10)),
        attrs.evolve(SMOKE, data=attrs.evolve(SMOKE.data, train_samples=2**32 - 1)),
    ],
)
def test_what_cannot_fit_is_refused_at_once(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of 14 GiB and images of 3 TiB are a configuration error on a machine of 8 GiB, not the end of it."""
    monkeypatch.setattr(memory, "read_memory", lambda: 2**33)
    with pytest.raises(ConfigurationError, match="does not fit into memory"):
        run_training(config)


def test_optimizers_count() -> None:
    """Adam keeps two arrays of the size of the parameters, SGD none."""
    sgd, adam = SMOKE, attrs.evolve(SMOKE, optimizer=load_config("adam").optimizer)
    assert memory.estimate_memory(adam) > memory.estimate_memory(sgd)


def test_unknown_memory_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody tells how much there is, the training begins."""
    monkeypatch.setattr(memory, "read_memory", lambda: None)
    memory.require_memory(SMOKE)


def test_limit_of_a_container_counts(tmp_path: Path) -> None:
    """The smallest limit counts; a file that says "max", or is not there, is no limit."""
    (tmp_path / "low").write_text("1000\n")
    (tmp_path / "none").write_text("max\n")
    assert read_memory((tmp_path / "low", tmp_path / "none", tmp_path / "absent")) == 1000
    there = read_memory((tmp_path / "none",))
    assert there is None or there > 2**20
