"""Settings of optimizers with their schedules: one class for each kind, named by its tag.

Part of bits 1.
"""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from attrs import validators as v

from appliance.config.growth import write_section
from appliance.config.limits import LARGEST_EPOCHS, count, fraction, positive

_MANY = 10_000  # multiplications after which a falling rate is as good as zero
# A config/1 file could have these keys for every optimizer and schedule; all of them are hashed.
_CONFIG_1 = {
    "momentum": 0.9,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "step_epochs": 1,
    "step_factor": 0.5,
}


@attrs.frozen(kw_only=True)
class ConstantSchedule:
    """The learning rate stays as it is."""

    tag: ClassVar[str] = "constant"

    def find_lowest(self, rate: float, epochs: int) -> float:  # noqa: ARG002 - as for the other schedules
        """Return the lowest rate of all epochs."""
        return rate


@attrs.frozen(kw_only=True)
class StepSchedule:
    """The learning rate is multiplied by `step_factor` every `step_epochs` epochs."""

    tag: ClassVar[str] = "step"
    step_epochs: int = attrs.field(default=1, validator=count(1, LARGEST_EPOCHS))
    step_factor: float = attrs.field(default=0.5, validator=v.and_(v.instance_of(float), v.gt(0.0), v.le(1.0)))

    def find_lowest(self, rate: float, epochs: int) -> float:
        """Return the lowest rate of all epochs, 0 where it becomes too small to count."""
        for _ in range(min((epochs - 1) // self.step_epochs, _MANY)):
            rate *= self.step_factor
        return rate


@attrs.frozen(kw_only=True)
class LinearSchedule:
    """The learning rate falls linearly; one epoch after the last it would be zero."""

    tag: ClassVar[str] = "linear"

    def find_lowest(self, rate: float, epochs: int) -> float:
        """Return the rate of the last epoch."""
        return rate / epochs


Schedule = ConstantSchedule | StepSchedule | LinearSchedule


@attrs.frozen(kw_only=True)
class OptimizerConfig:
    """What all optimizers have: the learning rate of the first epoch and the schedule that changes it by epoch."""

    tag: ClassVar[str]
    smallest_rate: ClassVar[float] = 0.0
    learning_rate: float = attrs.field(validator=positive(1e6))
    schedule: Schedule = attrs.field(factory=ConstantSchedule)

    def settings(self) -> dict[str, Any]:
        """Return the settings as they stand in a file, with every default that a config/1 file could hold."""
        own = write_section(self)
        del own["schedule"]
        return {**_CONFIG_1, **own, "name": self.tag, "schedule": self.schedule.tag, **write_section(self.schedule)}


@attrs.frozen(kw_only=True)
class SgdConfig(OptimizerConfig):
    """Plain stochastic gradient descent."""

    tag: ClassVar[str] = "sgd"
    smallest_rate: ClassVar[float] = 2.0**-40


@attrs.frozen(kw_only=True)
class MomentumConfig(OptimizerConfig):
    """Gradient descent with momentum."""

    tag: ClassVar[str] = "momentum"
    smallest_rate: ClassVar[float] = 2.0**-26
    momentum: float = attrs.field(default=0.9, validator=fraction())


@attrs.frozen(kw_only=True)
class AdamConfig(OptimizerConfig):
    """Adam: decay rates of both moments, and what is added to the root."""

    tag: ClassVar[str] = "adam"
    beta1: float = attrs.field(default=0.9, validator=fraction())
    beta2: float = attrs.field(default=0.999, validator=fraction())
    epsilon: float = attrs.field(default=1e-8, validator=positive(1.0))


OPTIMIZERS: dict[str, type[OptimizerConfig]] = {kind.tag: kind for kind in (SgdConfig, MomentumConfig, AdamConfig)}
SCHEDULES: dict[str, type[Schedule]] = {kind.tag: kind for kind in (ConstantSchedule, StepSchedule, LinearSchedule)}


def split_settings(
    table: dict[str, Any],
) -> tuple[type[OptimizerConfig], type[Schedule], dict[str, Any], dict[str, Any]]:
    """Return the classes of optimizer and schedule that a table of settings names, and the settings of each.

    Keys of other optimizers or schedules are accepted only with their default, which `OptimizerConfig.settings` writes.

    Raises:
        ValueError: an unknown name, or a setting that this optimizer or schedule does not have.
    """
    rest = dict(table)
    kind = _choose("name", rest.pop("name", None), OPTIMIZERS)
    schedule = _choose("schedule", rest.pop("schedule", "constant"), SCHEDULES)
    schedule_keys = {field.name for field in attrs.fields(schedule)}
    own_keys = {field.name for field in attrs.fields(kind)}
    for key in [key for key in rest if key not in schedule_keys | own_keys and key in _CONFIG_1]:
        if rest.pop(key) != _CONFIG_1[key]:
            raise ValueError(f"{key} has no effect with the optimizer {kind.tag} and the schedule {schedule.tag}")
    inner = {key: rest.pop(key) for key in list(rest) if key in schedule_keys}
    return kind, schedule, rest, inner


def _choose(key: str, name: object, kinds: dict[str, Any]) -> Any:  # noqa: ANN401 - one of the classes
    if not isinstance(name, str) or name not in kinds:
        raise ValueError(f"{key} must be one of {', '.join(kinds)}, found {name!r}")
    return kinds[name]
