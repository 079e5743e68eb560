"""What a user's program gives in the place of settings: layers, losses and optimizers as classes of its own.

Part of bits 2. Their code is in no digest. What is plain in them is: every attribute that is a number, a text, a truth
value or a list of these and has a name without a leading underscore.
"""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, cast

import attrs

from appliance.config.layer_settings import LayerSettings
from appliance.config.limits import to_whole
from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.layer_settings import Shape

    Floats = NDArray[np.floating[Any]]
    Arrays = Mapping[str, Floats]
    Draw = Callable[..., Floats]
    Table = dict[str, Any]

OWN = "own"
"""The kind of such a layer in settings, the name of such an optimizer, the tag of such a schedule."""
OWN_SOURCE = OWN
"""The value of `data.source` in the settings of a run whose program gave the samples."""
_CLASS = "class"
_WORD = re.compile(r"\w[\w-]{0,99}")


def describe_own(own: object) -> Table:
    """Return what is hashed of a user's object: the name of its class, and its plain attributes."""
    if isinstance(own, Described):
        return dict(own.table)
    named = {key: _to_plain(value) for key, value in sorted(vars(own).items()) if not key.startswith("_")}
    return {_CLASS: type(own).__name__, **{key: value for key, value in named.items() if _is_plain(value)}}


def _to_plain(value: object) -> object:
    """Return numbers and truth values of NumPy as those of Python, also in lists; anything else as it is."""
    if isinstance(value, list | tuple):
        return [_to_plain(entry) for entry in value]
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def require_word(word: object, what: str, where: str) -> None:
    """Return if this can be part of the name of a layer or of an array.

    Raises:
        ConfigurationError: it is no text, or has other characters than such names.
    """
    if not isinstance(word, str) or not _WORD.fullmatch(word):
        raise ConfigurationError(
            f"{what} cannot have this name",
            expected="letters, digits, dashes and underscores, at most 100",
            found=repr(word),
            where=where,
        )


def read_output_shape(own: OwnLayer, inputs: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a sample of the output that a user's layer states.

    Raises:
        ConfigurationError: it is none.
    """
    found: object = own.output_shape(inputs)
    lengths = tuple(map(to_whole, found)) if isinstance(found, Iterable) else (None,)
    if any(type(length) is not int or length < 1 for length in lengths):
        raise ConfigurationError(
            "a layer of yours has no output shape",
            expected="whole numbers above 0, such as (3, 8)",
            found=repr(found),
            where=f"{type(own).__name__}.output_shape",
        )
    return cast("tuple[int, ...]", lengths)


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))


@attrs.frozen
class Described:
    """What the settings of an earlier run say of a user's object; the object itself is in the user's program."""

    table: Table


def require_object(own: object, what: str) -> None:
    """Return if this is an object, not only its description.

    Raises:
        ConfigurationError: only the program that made the run has the object.
    """
    if isinstance(own, Described):
        raise ConfigurationError(
            f"{what} of this run is in the program that made it",
            expected="the program",
            found=f"its settings: {own.table}",
            remedy="run the program again",
        )


class OwnLayer(LayerSettings):
    """Base class of a layer in a program of one's own: override `forward` and `backward`.

    Arrays are float32 or float64 as the training is, and have one sample along the first axis; those that are given are
    read-only. Three rules make a layer portable; `appliance.check_portable` looks whether it keeps them:

    * Use + - * / and comparison, `np.sqrt`, `np.abs`, `np.maximum`, `np.minimum`, `np.where`, `np.rint`, and
      `appliance.portable` for everything else: no `np.exp`, `np.tanh`, `np.sum`, `np.mean`, `@`.
    * A row of a result depends on the same row of the input only. Never add over samples: `backward` returns what each
      sample adds to the gradient of a parameter, and the training adds that up, exactly.
    * Draw no random numbers, keep nothing from call to call, read no clock and no file.

    >>> from appliance import nn
    >>> class Gain(nn.Layer):
    ...     def initial(self, shape, draw):
    ...         return {"gain": draw(*shape) + 0.5}
    ...
    ...     def forward(self, x, parameters):
    ...         return x * parameters["gain"]
    ...
    ...     def backward(self, x, y, dy, parameters):
    ...         return dy * parameters["gain"], {"gain": dy * x}
    """

    tag: ClassVar[str] = OWN

    def output_shape(self, shape: tuple[int, ...]) -> Sequence[int]:
        """Return the shape of one sample of the output for one of the input; without this method it is the same."""
        return shape

    def initial(self, shape: tuple[int, ...], draw: Draw) -> Arrays:  # noqa: ARG002 - for layers with parameters
        """Return the initial parameters by name; without this method there are none.

        Args:
            shape: of one sample of the input.
            draw: returns uniform numbers from 0 to 1 (float64) of a shape, such as `draw(3, 2)`, from the run's seed.
        """
        return {}

    @abstractmethod
    def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401 - users write these without types
        """Return the output (m, ...) for an input x (m, ...)."""

    @abstractmethod
    def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401 - as above
        """Return the gradient of x; with parameters also what each sample adds to the gradient of each one.

        Args:
            x: the input (m, ...) of `forward`.
            y: its output.
            dy: the gradient of the output; the result is a product with it by the chain rule.
            parameters: by name.

        Returns:
            dx, or `(dx, {"gain": addends})` with an entry (m, ...) for each parameter, one sample's share in each row.
        """

    @property
    def stem(self) -> str:
        """The class's name in small letters, from which the layer gets its name: "soft_clip" for SoftClip."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__.strip("_")).lower()

    def settings(self) -> Table:
        """Return what is hashed of this layer."""
        return {"kind": OWN, **describe_own(self)}

    def count_parameters(self, inputs: Shape) -> int:  # noqa: ARG002 - they are not known before they are made
        """Return 0, the smallest possible number."""
        return 0

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the output, if that of the input is known."""
        return None if inputs is None else read_output_shape(self, inputs)


class Elementwise(OwnLayer):
    """A layer that applies a function to every value.

    Args:
        function: of an array; returns an array of the same shape.
        derivative: of the same array.
        name: the layer's name, such as "swish"; numbered in a network.

    Raises:
        ConfigurationError: the name has other characters than letters, digits, dashes and underscores.

    >>> from appliance import nn, portable
    >>> def slope(x):
    ...     s = portable.sigmoid(x)
    ...     return s * (1.0 + x * (1.0 - s))
    >>> swish = nn.Elementwise(lambda x: x * portable.sigmoid(x), slope, name="swish")
    >>> swish.settings()
    {'kind': 'own', 'class': 'Elementwise', 'name': 'swish'}
    """

    def __init__(self, function: Callable[[Any], Any], derivative: Callable[[Any], Any], *, name: str) -> None:
        require_word(name, "a layer of yours", "nn.Elementwise")
        self.name = name
        self._function = function
        self._derivative = derivative

    @property
    def stem(self) -> str:
        """The name that was given."""
        return self.name

    def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002 - as in the base class
        """Return the function of x."""
        return self._function(x)

    def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002 - as in the base class
        """Return dy times the derivative."""
        return dy * self._derivative(x)


class DescribedLayer(OwnLayer):
    """A user's layer as the settings of an earlier run describe it; it cannot compute."""

    def __init__(self, table: Table) -> None:
        self._described = Described({key: value for key, value in table.items() if key != "kind"})

    def settings(self) -> Table:
        """Return the settings that were read."""
        return {"kind": OWN, **self._described.table}

    def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002 - as in the base class
        """Refuse: the layer is in the user's program."""
        require_object(self._described, "a layer")

    def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002 - as in the base class
        """Refuse: the layer is in the user's program."""
        require_object(self._described, "a layer")

    def initial(self, shape: tuple[int, ...], draw: Draw) -> Arrays:  # noqa: ARG002 - as in the base class
        """Refuse: the layer is in the user's program."""
        require_object(self._described, "a layer")
        return {}
