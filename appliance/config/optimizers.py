"""Settings of optimizers with their schedules: one class for each kind, named by its tag.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from appliance.config.growth import newer, write_section
from appliance.config.kinds import require_kind
from appliance.config.limits import LARGEST_COUNT, LARGEST_EPOCHS, about, below, count, fraction, positive
from appliance.config.own import OWN
from appliance.config.own_rules import OwnOptimizer, OwnSchedule

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_SCHEDULE = "own_schedule"
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
    step_epochs: int = attrs.field(
        default=1, validator=count(1, LARGEST_EPOCHS), metadata=about("epochs between two changes of the learning rate")
    )
    step_factor: float = attrs.field(
        default=0.5,
        validator=positive(1.0, included=True),
        metadata=about("factor of the learning rate at each change"),
    )

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


@attrs.frozen(kw_only=True)
class CosineSchedule:
    """The learning rate falls along half a cosine; one epoch after the last it would be zero."""

    tag: ClassVar[str] = "cosine"

    def find_lowest(self, rate: float, epochs: int) -> float:
        """Return a lower bound of the rate of the last epoch: `sin(x) >= 2 * x / pi` up to pi / 2."""
        return rate / epochs / epochs


Schedule = ConstantSchedule | StepSchedule | LinearSchedule | CosineSchedule | OwnSchedule


@attrs.frozen(kw_only=True)
class OptimizerConfig:
    """What all optimizers have: the learning rate of the first epoch and the schedule that changes it by epoch."""

    tag: ClassVar[str]
    smallest_rate: ClassVar[float] = 0.0
    learning_rate: float = attrs.field(
        validator=positive(1e6),
        metadata=about("learning rate of the first epoch; f32 also has a smallest one (docs/numerics.md)"),
    )
    schedule: Schedule = attrs.field(factory=ConstantSchedule)
    warmup_steps: int = newer(
        default=0,
        validator=count(0, LARGEST_COUNT),
        metadata=about("steps at the start in which the learning rate grows linearly to its full value"),
    )
    weight_decay: float = newer(
        default=0.0,
        validator=fraction(),
        metadata=about(
            "decay of all parameters, 0 for none: this times each is added to its gradient (L2); with adamw each step"
            " multiplies them by 1 - rate * weight_decay; in f32 at least 2**-100 where not 0"
        ),
    )
    clip_norm: float = newer(
        default=0.0,
        validator=below(1e6),
        metadata=about("largest norm of all gradients together, 0 for no limit; in f32 at least 2**-40 where not 0"),
    )

    def find_lowest_rate(self, epochs: int) -> float:
        """Return a lower bound of the rates of all steps, 0 where they become too small to count."""
        return min(
            self.schedule.find_lowest(self.learning_rate, epochs), self.learning_rate / max(self.warmup_steps, 1)
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings as they stand in a file, with every default that a config/1 file could hold."""
        own = write_section(self)
        del own["schedule"]
        if isinstance(self.schedule, OwnSchedule):
            schedule: dict[str, Any] = {OWN_SCHEDULE: self.schedule.settings()}
        else:
            schedule = write_section(self.schedule)
        return {**_CONFIG_1, **own, "name": self.tag, "schedule": self.schedule.tag, **schedule}


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
    momentum: float = attrs.field(
        default=0.9, validator=fraction(), metadata=about("part of the last step that is added to the next")
    )


@attrs.frozen(kw_only=True)
class NesterovConfig(MomentumConfig):
    """Gradient descent with Nesterov's momentum."""

    tag: ClassVar[str] = "nesterov"


@attrs.frozen(kw_only=True)
class AdamConfig(OptimizerConfig):
    """Adam: decay rates of both moments, and what is added to the root."""

    tag: ClassVar[str] = "adam"
    smallest_rate: ClassVar[float] = 2.0**-100
    beta1: float = attrs.field(default=0.9, validator=fraction(), metadata=about("decay rate of the first moment"))
    beta2: float = attrs.field(default=0.999, validator=fraction(), metadata=about("decay rate of the second moment"))
    epsilon: float = attrs.field(
        default=1e-8,
        validator=positive(1.0),
        metadata=about("added to the root of the second moment; in f32 at least 2**-100"),
    )


@attrs.frozen(kw_only=True)
class AdamwConfig(AdamConfig):
    """AdamW: Adam with a decay of the parameters that is apart from the gradient."""

    tag: ClassVar[str] = "adamw"


@attrs.frozen(kw_only=True)
class OwnRuleConfig(OptimizerConfig):
    """An update rule in a user's program; it also gives the learning rate of each epoch."""

    tag: ClassVar[str] = OWN
    own: OwnOptimizer

    def find_lowest_rate(self, epochs: int) -> float:  # noqa: ARG002 - as for other optimizers
        """Return the learning rate: no limit is known."""
        return self.learning_rate

    def settings(self) -> dict[str, Any]:
        """Return what is hashed of the rule."""
        return {"name": OWN, **self.own.settings()}


def wrap_rule(rule: OptimizerConfig | OwnOptimizer) -> OptimizerConfig:
    """Return the settings of an update rule, also of one in a user's program.

    Raises:
        TypeError: it is none.
    """
    if isinstance(rule, OwnOptimizer):
        return OwnRuleConfig(learning_rate=float(rule.learning_rate), own=rule)
    require_kind(rule, OptimizerConfig, "optimizer", "an optimizer, such as nn.Adam(learning_rate=0.001)")
    return rule


OPTIMIZERS: dict[str, type[OptimizerConfig]] = {
    kind.tag: kind for kind in (SgdConfig, MomentumConfig, NesterovConfig, AdamConfig, AdamwConfig)
}
SCHEDULES: dict[str, type[ConstantSchedule | StepSchedule | LinearSchedule | CosineSchedule]] = {
    kind.tag: kind for kind in (ConstantSchedule, StepSchedule, LinearSchedule, CosineSchedule)
}


def list_without_effect(
    table: Mapping[str, Any], kind: type[OptimizerConfig], schedule: type[Any]
) -> list[tuple[str, float]]:
    """Return the keys of a table that only other optimizers or schedules have, each with its default.

    A file may hold them with their default, as `OptimizerConfig.settings` writes them.
    """
    own = {field.name for section in (kind, schedule) for field in attrs.fields(section)}
    return [(key, _CONFIG_1[key]) for key in table if key in _CONFIG_1 and key not in own]
