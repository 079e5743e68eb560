"""Trainings of a program of one's own with checkpoints in a folder."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.checkpoints.finding import identify
from appliance.checkpoints.intervals import DEFAULT, parse_interval
from appliance.checkpoints.opening import Plan, open_checkpoints
from appliance.config import load_config
from appliance.numerics.exchange import ALONE
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.checkpoints.session import Session
    from appliance.config import Config
    from appliance.numerics.exchange import Exchange
    from appliance.training.record import Record


def train(
    config: Config | str | Path,
    *,
    checkpoints: str | Path | None = None,
    checkpoint_every: str = DEFAULT,
    resume: bool = False,
    **settings: Any,  # noqa: ANN401 - those of `run_training`
) -> Record:
    """Train a configuration and return its record; see `appliance.training.execute.run_training`.

    Args:
        config: what to train, or its name or path.
        checkpoints: a folder for checkpoints, which is removed in the end; None for none.
        checkpoint_every: when there is one: steps such as "500", or a time such as "30s" or "5m".
        resume: go on from the newest checkpoint, if there is one.
        settings: such as profile, threads, data_dir.

    >>> from appliance import train
    >>> train("smoke", profile="portable").digests["run"][:15]
    'sha256:6743c6f2'
    """
    whole = load_config(config) if isinstance(config, str | Path) else config
    profile, exchange = settings.get("profile", "portable"), settings.get("exchange")
    with keep_checkpoints(checkpoints, whole, profile, checkpoint_every, exchange, resume=resume) as session:
        return run_training(whole, checkpoints=session, **settings)


@contextmanager
def keep_checkpoints(
    folder: str | Path | None, config: Config, profile: str, every: str, exchange: Exchange | None, *, resume: bool
) -> Iterator[Session | None]:
    """Yield what keeps the states of a training in a folder, which is removed after the block; None without one.

    Raises:
        UsageError: another process uses the folder, or its checkpoints belong to another training.
    """
    if folder is None:
        yield None
        return
    plan = Plan(interval=parse_interval(every), resume=resume, warn=_warn)
    with open_checkpoints(Path(folder), identify(config, profile), plan, exchange or ALONE) as session:
        yield session
        session.finish()


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=2)
