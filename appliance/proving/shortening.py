"""Short versions of a configuration: few steps, with whole batches, the rest of a batch, and ends of epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.config import load_config
from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from appliance.config import Config

_BATCHES = 4  # whole ones in an epoch
_EPOCHS = 2
_TEST_SAMPLES = 64


@attrs.frozen(kw_only=True)
class Short:
    """A configuration that is tried in the place of another one.

    Args:
        overrides: other values for some keys.
        config: with them.
        note: what was made shorter, as a sentence; empty where nothing was.
    """

    overrides: tuple[str, ...]
    config: Config
    note: str


def shorten_config(name: str, overrides: tuple[str, ...] = ()) -> Short:
    """Return a short version of a configuration; where the data cannot be cut, only epochs are left out.

    Args:
        name: a named configuration or the path of one.
        overrides: other values for some keys, which stay.

    Raises:
        ConfigurationError: there is no such configuration, or it is malformed.
    """
    whole = load_config(name, overrides=overrides)
    size, samples = whole.training.batch_size, whole.data.train_samples
    wanted = {"training.epochs": _EPOCHS}
    cut = dict[str, int]()
    if samples >= (_BATCHES + 1) * size:
        cut["data.train_samples"] = _BATCHES * size + samples % size
    if whole.data.test_samples > _TEST_SAMPLES:
        cut["data.test_samples"] = _TEST_SAMPLES
    found = {"training.epochs": whole.training.epochs}
    found |= {"data.train_samples": samples, "data.test_samples": whole.data.test_samples}
    for changes in ({**wanted, **cut}, wanted):
        changed = {key: value for key, value in changes.items() if value != found[key]}
        words = tuple(f"{key}={value}" for key, value in changed.items())
        try:
            config = load_config(name, overrides=(*overrides, *words))
        except ConfigurationError:
            continue
        return Short(overrides=(*overrides, *words), config=config, note=_describe(words))
    return Short(overrides=overrides, config=whole, note="")


def _describe(words: tuple[str, ...]) -> str:
    return f"a short version of the training was tried: {', '.join(words)}" if words else ""
