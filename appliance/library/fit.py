"""Training on data that a program gives, without a configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.checkpoints.intervals import DEFAULT
from appliance.config import Config, ModelConfig
from appliance.config.consistency import check_consistency
from appliance.config.kinds import require_kind, require_layers
from appliance.config.optimizers import wrap_rule
from appliance.config.own import OWN_SOURCE
from appliance.config.problems import Source
from appliance.config.schema import DataConfig, TrainingConfig
from appliance.data import Dataset
from appliance.errors import ConfigurationError
from appliance.library.callbacks import CallbackWatcher
from appliance.library.checkpointed import keep_checkpoints
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.config.layer_settings import LayerSettings
    from appliance.config.optimizers import OptimizerConfig
    from appliance.config.own_rules import OwnLoss, OwnOptimizer
    from appliance.config.schema import LossName, Precision
    from appliance.library.callbacks import Callback, Epoch
    from appliance.numerics.exchange import Exchange
    from appliance.training.execute import Checking
    from appliance.training.loop import Progress
    from appliance.training.record import Record


def fit(  # noqa: PLR0913 - the settings of one run, each by name
    model: Sequence[LayerSettings],
    data: Dataset,
    *,
    optimizer: OptimizerConfig | OwnOptimizer,
    epochs: int,
    batch_size: int,
    loss: LossName | OwnLoss = "cross-entropy",
    seed: int = 0,
    precision: Precision = "f32",
    profile: str = "portable",
    name: str = "own",
    callbacks: Sequence[Callback | Callable[[Epoch], object]] = (),
    threads: int = 1,
    micro_batches: int = 1,
    check: Checking = "first",
    progress: Progress | None = None,
    checkpoints: str | Path | None = None,
    checkpoint_every: str = DEFAULT,
    resume: bool = False,
    exchange: Exchange | None = None,
) -> Record:
    """Train a network on data of your own and return the record of the run.

    In the profile portable the record has the same digests on every machine that the certificate admits, for any
    number of threads and of micro batches.

    Args:
        model: the layers from the input to the output; see `appliance.nn`.
        data: as from `Dataset.from_arrays`.
        optimizer: the update rule with its learning rate, such as `nn.Adam(learning_rate=0.001)`, or one of your own.
        epochs: how often all samples are used.
        batch_size: samples in one step.
        loss: "cross-entropy", "mean-squared-error", "binary-cross-entropy", or one of your own.
        seed: of all random numbers: initial weights, order of the samples, dropout.
        precision: "f32" or "f64".
        profile: "portable", or "native" for plain NumPy.
        name: of the run, in its record and of its golden: small letters, digits, dots, dashes, underscores.
        callbacks: objects of the class `Callback`, or functions that are called after every epoch.
        threads: BLAS threads.
        micro_batches: in how many parts every batch is taken, to use less memory.
        check: which exact products and sums are checked: the "first" ones of each kind, or "all".
        progress: called with (epoch, samples of the step, samples of an epoch) after every step.
        checkpoints: a folder for checkpoints, which is removed in the end; None for none.
        checkpoint_every: when there is one: steps such as "500", or a time such as "30s" or "5m".
        resume: go on from the newest checkpoint, if there is one.
        exchange: with the other processes of this program, from `join_workers`; all of them call `fit` alike.

    Raises:
        UsageError: there is no such profile, a callback cannot be called, or several processes do not exchange.
        ConfigurationError: the settings are out of range, or the model does not fit the data.
        NonFiniteError: training diverged.
        CouldNotJudgeError: this host does not compute as portable results need it.

    >>> import numpy as np
    >>> from appliance import Dataset, fit, nn
    >>> x, y = np.linspace(-1.0, 1.0, 64).reshape(32, 2), np.arange(32) % 2
    >>> data = Dataset.from_arrays(x[:24], y[:24], x[24:], y[24:])
    >>> model = [nn.Dense(units=4), nn.Relu(), nn.Dense(units=2)]
    >>> record = fit(model, data, optimizer=nn.Adam(learning_rate=0.01), epochs=2, batch_size=8)
    >>> len(record.epochs), record.predict(x[:3]).shape
    (2, (3,))
    """
    config = make_config(
        model,
        data,
        optimizer,
        {"epochs": epochs, "batch_size": batch_size, "loss": loss},
        name=name,
        seed=seed,
        precision=precision,
    )
    with keep_checkpoints(checkpoints, config, profile, checkpoint_every, exchange, resume=resume) as session:
        return run_training(
            config,
            profile=profile,
            threads=threads,
            micro_batches=micro_batches,
            check=check,
            progress=progress,
            dataset=data,
            watcher=CallbackWatcher(callbacks) if callbacks else None,
            exchange=exchange,
            checkpoints=session,
        )


def make_config(
    model: Sequence[LayerSettings],
    data: Dataset,
    optimizer: OptimizerConfig | OwnOptimizer,
    training: dict[str, Any],
    *,
    name: str,
    seed: int,
    precision: Precision,
) -> Config:
    """Return the settings of a run on given data; see `fit`.

    Raises:
        ConfigurationError: one is out of range, or they do not fit together.
    """
    try:
        require_kind(data, Dataset, "data", "a data set, as from Dataset.from_arrays")
        train, test = len(data.train_labels), len(data.test_labels)
        config = Config(
            name=name,
            seed=seed,
            precision=precision,
            data=DataConfig(source=OWN_SOURCE, train_samples=train, test_samples=test),
            model=ModelConfig(layers=require_layers(model)),
            training=TrainingConfig(**training),
            optimizer=wrap_rule(optimizer),
        )
    except (TypeError, ValueError) as error:
        raise ConfigurationError("a run cannot have these settings", found=error, where="fit") from error
    check_consistency(config, Source("fit"))
    return config
