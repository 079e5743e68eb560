"""The settings of a layer count the parameters that the layer has: no kind is forgotten, none counts as nothing."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from appliance.config.layer_settings import LayerSettings
from appliance.config.layers import LAYERS, DenseConfig, ModelConfig, ReluConfig
from appliance.config.limits import MOST_PARAMETERS
from appliance.layers.build import build_layers
from appliance.layers.layer import InputSpec, walk
from appliance.numerics.formats import FORMATS

_EXAMPLES: dict[str, LayerSettings] = {"dense": DenseConfig(units=7), "relu": ReluConfig()}


def count_built(model: ModelConfig, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Return the number of parameters of the layers that are built, and the shape of their output."""
    inputs = InputSpec(shape=shape, bits=8, is_data=True)
    layers, outputs = build_layers(model.layers, inputs, fmt=FORMATS["f64"], seed=1, portable=True)
    return sum(array.size for layer in walk(layers) for array in layer.parameters().values()), outputs.shape


def test_every_kind_has_an_example() -> None:
    """A kind that is added to the table is counted in this file, too."""
    assert _EXAMPLES.keys() == LAYERS.keys()


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("before", [(), ("dense",), ("relu", "dense")])
def test_settings_count_what_is_built(kind: str, before: tuple[str, ...]) -> None:
    """Parameters and shape are those of the layer, wherever it stands."""
    layers: Any = tuple(_EXAMPLES[name] for name in (*before, kind, "dense"))
    model = ModelConfig(layers=layers, inputs=11)
    parameters, outputs = count_built(model, (11,))
    assert model.count_parameters() == parameters
    assert layers[-1].find_outputs((11,)) == outputs


def test_samples_of_any_shape_are_counted() -> None:
    """A dense layer reads an image as one row."""
    assert DenseConfig(units=3).count_parameters((4, 5)) == 4 * 5 * 3 + 3


def test_without_inputs_the_first_weights_are_not_counted() -> None:
    """Settings that leave the number of inputs to the data count no more than there is for any data."""
    assert ModelConfig(layers=(DenseConfig(units=3), DenseConfig(units=2))).count_parameters() == 3 + (3 * 2 + 2)


@attrs.frozen(kw_only=True)
class _Large(LayerSettings):
    """A new kind of layer with too many parameters."""

    def count_parameters(self, inputs: tuple[int, ...] | None) -> int:  # noqa: ARG002 - always too many
        return MOST_PARAMETERS + 1

    def find_outputs(self, inputs: tuple[int, ...] | None) -> tuple[int, ...] | None:
        return inputs


def test_parameters_of_a_new_kind_count() -> None:
    """The limit is for all parameters, not for those of dense layers."""
    layers: Any = (_Large(), DenseConfig(units=3))
    with pytest.raises(ValueError, match="parameters, at most"):
        ModelConfig(layers=layers, inputs=4)


def test_a_kind_that_does_not_count_cannot_be_used() -> None:
    """Settings without the two methods are a programming error at once, not a layer without parameters."""

    class Silent(LayerSettings):
        """Forgets to count."""

    silent: Any = Silent
    with pytest.raises(TypeError, match="count_parameters"):
        silent()
