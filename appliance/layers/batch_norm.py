"""Batch normalisation: each channel by its mean and variance over the batch, or by the running ones in predictions.

Part of bits 2. (Ioffe and Szegedy, "Batch normalization", ICML 2015.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.images import lay_out
from appliance.layers.layer import InputSpec, Layer
from appliance.layers.native_moments import differentiate_native, standardize_native
from appliance.layers.normalize import Normalization, Standardized
from appliance.layers.standardize import Moments, differentiate, find_inverses, find_moments, make_moments
from appliance.numerics.column_sums import Whole
from appliance.numerics.grids import flush_tiny

if TYPE_CHECKING:
    from appliance.config.norm_layers import BatchNormConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan
    from appliance.numerics.workspace import Workspace

_IMAGE = 4  # axes of a batch of images


class BatchNorm(Normalization):
    """Batch normalisation, with exact sums if it is portable.

    Args:
        name: such as "batch_norm_1".
        fmt: the number format.
        settings: epsilon and momentum.
        inputs: the specification of the input.
        portable: portable arithmetic; False for plain NumPy.
    """

    def __init__(self, name: str, fmt: Format, settings: BatchNormConfig, inputs: InputSpec, *, portable: bool) -> None:
        channels = settings.find_channels(inputs.shape)
        super().__init__(name, fmt, channels, inputs, settings.epsilon, portable=portable)
        self._momentum = settings.momentum
        self._mean, self._variance = np.zeros(channels, dtype=fmt.dtype), np.ones(channels, dtype=fmt.dtype)

    @classmethod
    def build(
        cls, settings: BatchNormConfig, name: str, inputs: InputSpec, builder: Builder
    ) -> tuple[Layer, InputSpec]:
        """Return the layer and the specification of its output."""
        return cls(name, builder.fmt, settings, inputs, portable=builder.portable), InputSpec(shape=inputs.shape)

    def buffers(self) -> dict[str, Floats]:
        """Return the running mean and variance."""
        return {"running_mean": self._mean, "running_variance": self._variance}

    @property
    def depends_on_mode(self) -> bool:
        """True: predictions use running moments."""
        return True

    @property
    def needs_whole_batch(self) -> bool:
        """True: samples of a batch depend on each other."""
        return True

    def _take(self, name: str, like: Floats, work: Workspace) -> Floats:
        """Return an array for values; of images it is laid out as in the other layers for images."""
        if like.ndim != _IMAGE:
            return work.take(name, *like.shape)
        rows, channels, height, width = like.shape
        return lay_out(work.take(name, channels, height, width, rows))

    def _view_rows(self, values: Floats) -> Floats:
        if values.ndim != _IMAGE:
            return values.reshape(-1, values.shape[-1])
        return values.transpose(1, 2, 3, 0).reshape(values.shape[1], -1).T

    def _standardize(self, x: Floats, batch: Batch, plan: Plan) -> Floats:
        if not batch.training:
            return self._use_running(x, plan)
        if self._portable:
            moments = make_moments(x.shape[1])
            find_moments(x, moments, self._epsilon, self._wide, plan, _find_whole(x, batch))
            plan("multiply", x, moments.inverses, x)
        else:
            moments = Moments(*standardize_native(x, 0, self._epsilon, plan))
        self._update(moments, len(x) // batch.rows * batch.whole, plan)
        return moments.inverses

    def _use_running(self, x: Floats, plan: Plan) -> Floats:
        moments = make_moments(x.shape[1])
        plan("copyto", moments.means, self._mean)
        plan("copyto", moments.variances, self._variance)
        find_inverses(moments, self._epsilon, plan)
        plan("subtract", x, moments.means, x, casting="same_kind")
        plan("multiply", x, moments.inverses, x, casting="same_kind")
        return moments.inverses

    def _update(self, moments: Moments, count: int, plan: Plan) -> None:
        """List the change of the running moments, in float64; the variance among them is the unbiased one."""
        unbiased, old, new = np.empty_like(moments.means), np.empty(len(self._mean)), np.empty(len(self._mean))
        plan("multiply", moments.variances, float(count), unbiased)
        plan("divide", unbiased, float(max(count - 1, 1)), unbiased)
        for running, found in ((self._mean, moments.means), (self._variance, unbiased)):
            plan("copyto", old, running)
            plan("multiply", old, 1.0 - self._momentum, old)
            plan("copyto", new, found)
            plan("multiply", new, self._momentum, new)
            plan("add", old, new, old)
            plan("copyto", running, old)
            flush_tiny(running, self.fmt, plan)

    def _differentiate(self, dy: Floats, kept: Standardized, batch: Batch, plan: Plan) -> None:
        if self._portable:
            differentiate(dy, kept.normal, kept.inverses, self._wide, plan, _find_whole(dy, batch))
        else:
            differentiate_native(dy, kept.normal, kept.inverses, 0, plan)


def _find_whole(x: Floats, batch: Batch) -> Whole | None:
    """Return the rows of the whole batch, where x has those of a part."""
    return None if batch.whole == batch.rows else Whole(batch.exchange, len(x) // batch.rows * batch.whole)
