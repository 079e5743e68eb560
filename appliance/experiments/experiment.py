"""What the function of an experiment returns, and how it completes a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from appliance.config.consistency import check_consistency
from appliance.config.kinds import require_kind, require_layers
from appliance.config.layers import ModelConfig
from appliance.config.optimizers import wrap_rule
from appliance.config.problems import Source
from appliance.data import Dataset
from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config.layer_settings import LayerSettings
    from appliance.config.optimizers import OptimizerConfig
    from appliance.config.own_rules import OwnLoss, OwnOptimizer
    from appliance.config.schema import Config, LossName


@attrs.frozen(kw_only=True, eq=False)
class Experiment:
    """What a configuration leaves out: data, layers, optimizer, loss; each is given here or in the file, not in both.

    >>> from appliance import Experiment, nn
    >>> def build(config):
    ...     layers = [nn.Dense(units=16), nn.Relu(), nn.Dense(units=3)]
    ...     return Experiment(model=layers, optimizer=nn.Adam(learning_rate=0.01))
    >>> len(build(None).model)
    3
    """

    data: Dataset | None = None
    model: Sequence[LayerSettings] | None = None
    optimizer: OptimizerConfig | OwnOptimizer | None = None
    loss: LossName | OwnLoss | None = None


class Subject(NamedTuple):
    """What is trained: the whole configuration, and the data where a program gives it."""

    config: Config
    dataset: Dataset | None


def combine(config: Config, experiment: Experiment, where: str) -> Subject:
    """Return the configuration with what the experiment gives.

    Raises:
        ConfigurationError: a section is in both or in neither, or the whole does not fit together.
    """
    open_sections = (config.experiment and config.experiment.gives) or ()
    for name in ("data", "model", "optimizer"):
        given = getattr(experiment, name) is not None
        if given == (name in open_sections):
            continue
        raise ConfigurationError(
            f"{name} is given twice" if given else f"{name} is missing",
            expected=f"a section [{name}] in the file, or {name} from the function, and not both",
            found="both" if given else "neither",
            where=where,
        )
    changes: dict[str, Any] = {}
    try:
        if experiment.data is not None:
            require_kind(experiment.data, Dataset, "data", "a data set, as from Dataset.from_arrays")
        if experiment.model is not None:
            changes["model"] = ModelConfig(layers=require_layers(experiment.model))
        if experiment.optimizer is not None:
            changes["optimizer"] = wrap_rule(experiment.optimizer)
        if experiment.loss is not None:
            changes["training"] = attrs.evolve(config.training, loss=experiment.loss)
        whole = attrs.evolve(config, **changes)
    except (TypeError, ValueError) as error:
        raise ConfigurationError("an experiment cannot have these settings", found=error, where=where) from error
    check_consistency(whole, Source(where))
    return Subject(whole, experiment.data)
