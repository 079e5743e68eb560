"""What a training refers to is reached: a callback's counter, and an attribute that somebody set on the trainer."""

from __future__ import annotations

from typing import Any

from appliance import Callback
from appliance.config import load_config
from appliance.data import load_dataset
from appliance.library.callbacks import CallbackWatcher
from appliance.proving.comparing import list_differences
from appliance.proving.graph import walk
from appliance.proving.modules import Modules
from appliance.training.loop import Training


class Counter(Callback):
    """A callback that counts steps and keeps the number to itself."""

    def __init__(self) -> None:
        self.calls = 0

    def on_step(self, step: Any) -> None:  # noqa: ANN401, ARG002 - as users write it
        """Count."""
        self.calls += 1


def train(skipped: int, **extra: int) -> Training:
    """Return a finished training whose callback has counted this many steps less."""
    config = load_config("smoke", overrides=("data.train_samples=64", "training.epochs=1"))
    counter = Counter()
    counter.calls = -skipped
    made = Training(
        config, load_dataset(config.data, config.seed, None), portable=True, watcher=CallbackWatcher([counter])
    )
    made.run()
    vars(made.trainer).update(extra)
    return made


def find(a: Training, b: Training) -> list[tuple[str, str, str]]:
    """Return where two trainings differ that have to do with what was planted."""
    graphs = [walk({"training": one}, Modules()) for one in (a, b)]
    found = [(one.path, one.a, one.b) for one in list_differences(*graphs)]
    return [one for one in found if "_watcher" in one[0] or "extra" in one[0]]


def test_counter_of_a_callback_is_reached() -> None:
    """It is found below the training; equal counters are not."""
    assert find(train(0), train(0)) == []
    found = find(train(0), train(1))
    assert found
    assert {(a, b) for path, a, b in found if path.endswith(".calls")} == {("2", "1")}


def test_attribute_on_the_trainer_is_reached() -> None:
    """An attribute that one of both has is told with its name."""
    assert find(train(0, extra=5), train(0)) == [("training.trainer.extra", "5", "not there")]
