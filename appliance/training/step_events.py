"""The events of one training step in a trace: what each reads and what it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from appliance.layers.layer import Layer
    from appliance.training.trainer import Trainer

BEFORE = "<"
"""Begins the key of an array as it was before the step; the key of any other is its name."""


class StepEvent(NamedTuple):
    """One event of a step: what it reads and what it makes, by key."""

    kind: str
    stage: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class LayerNames(NamedTuple):
    """A layer in a trace.

    Attributes:
        name: such as "dense_1".
        parameters: the full names of its parameters.
        state: the full names of what the optimizer keeps for them.
        gradients: the full names of what its stage of gradients makes; none where these are not recorded.
        unread: the parameters and state that are so large that they are not read at every step.
        buffers: the full names of what its forward pass changes.
        passes: whether it passes a gradient on.
        inner: the layers inside it.
    """

    name: str
    parameters: tuple[str, ...]
    state: tuple[str, ...]
    gradients: tuple[str, ...]
    unread: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()
    passes: bool = True
    inner: tuple[LayerNames, ...] = ()

    @property
    def output(self) -> str:
        """The name of its output."""
        return f"{self.name}.output"

    @property
    def input_gradient(self) -> str:
        """The name of the gradient of its input."""
        return f"{self.name}.input_gradient"


class Recorded(NamedTuple):
    """What a trace records of a step.

    Attributes:
        arrays: the names of all arrays that are recorded.
        fused: layers that are left out.
        large: parameters and state that are not read at every step.
        detailed: whether gradients are recorded.
    """

    arrays: Collection[str]
    fused: Collection[str]
    large: Collection[str]
    detailed: bool


def list_layers(trainer: Trainer, recorded: Recorded) -> list[LayerNames]:
    """Return the layers of a network that are recorded, from the input to the output."""
    return _name_layers(trainer.network.layers, trainer.list_arrays(), recorded)


def _name_layers(layers: Sequence[Layer], kept: Collection[str], recorded: Recorded) -> list[LayerNames]:
    """Return some layers, each with those inside it; `kept` are the names of parameters, state and buffers."""
    named = []
    for layer in layers:
        if layer.name in recorded.fused:
            continue
        own = [f"{layer.name}.{name}" for name in layer.parameters()]
        state = [name for name in kept if name.rpartition(".")[0] in own]
        made = [f"{name}_{what}" for name in own for what in ("gradient", "addends")]
        unread = tuple(name for name in (*own, *state) if name in recorded.large)
        names = LayerNames(
            name=layer.name,
            parameters=tuple(own),
            state=tuple(state),
            gradients=tuple(name for name in made if recorded.detailed and name in recorded.arrays),
            unread=unread,
            buffers=tuple(f"{layer.name}.{buffer}" for buffer in layer.buffers()),
            inner=tuple(_name_layers(layer.layers, kept, recorded)),
        )
        named.append(names._replace(passes=names.input_gradient in recorded.arrays))
    return named


def list_events(layers: Sequence[LayerNames], terms: int, *, scaled: bool) -> list[StepEvent]:
    """Return the events of a step in the order of an undivided one: forward, loss, backward with updates.

    An event that reads a large parameter, which is not read at every step, has no inputs: they are not all known.

    Args:
        layers: from the input to the output.
        terms: how many arrays of terms the loss has.
        scaled: whether the numbers that are made of the batch are recorded, too.
    """
    events = [StepEvent("data", "batch", (), ("batch", "labels"))]
    if scaled:
        events.append(StepEvent("operation", "input", ("batch",), ("input",)))
    signals: dict[str, str] = {}
    output = _list_forward(layers, "input" if scaled else "batch", signals, events)
    gradient = "loss.output_gradient"
    made = (gradient, *(f"loss.term_{number}" for number in range(1, terms + 1)))
    events.append(StepEvent("operation", "loss", (output, "labels"), made))
    _list_backward(layers, gradient, signals, events)
    return events


def _list_forward(layers: Sequence[LayerNames], below: str, signals: dict[str, str], events: list[StepEvent]) -> str:
    """Add the events of some layers, note the input of each one, and return the output of the last one."""
    for layer in layers:
        signals[layer.name] = below
        sources = dict.fromkeys((below, _list_forward(layer.inner, below, signals, events)))
        read = () if layer.unread else (*sources, *_before((*layer.parameters, *layer.buffers)))
        events.append(StepEvent("operation", layer.output, read, (layer.output, *layer.buffers)))
        below = layer.output
    return below


def _list_backward(
    layers: Sequence[LayerNames], gradient: str, signals: dict[str, str], events: list[StepEvent]
) -> str:
    """Add the events of some layers from the gradient of their output; return that of their input."""
    for layer in reversed(layers):
        above = gradient
        inside = _list_backward(layer.inner, above, signals, events)
        if layer.passes:
            gradient = layer.input_gradient
            read = _before(layer.parameters[:1]) or ((inside,) if layer.inner else (signals[layer.name], layer.output))
            sources = tuple(dict.fromkeys((above, *read)))
            events.append(StepEvent("operation", gradient, () if layer.unread else sources, (gradient,)))
        events += _list_updates(layer, signals[layer.name], above)
    return gradient


def _list_updates(layer: LayerNames, below: str, above: str) -> list[StepEvent]:
    """Return the events that change the parameters of a layer."""
    if not layer.parameters:
        return []
    events = list[StepEvent]()
    read: tuple[str, ...] = (below, above, "scale")
    if layer.gradients:
        events = [StepEvent("operation", f"{layer.name}.gradients", read, layer.gradients)]
        exact = f"{layer.name}.weight_addends" in layer.gradients  # then the update makes the product
        read = (below, *layer.gradients) if exact else layer.gradients
    kept = tuple(name for name in (*layer.parameters, *layer.state) if name not in layer.unread)
    read = () if layer.unread else (*read, *_before(kept))
    return [*events, StepEvent("operation", f"{layer.name}.update", read, kept)] if kept else events


def _before(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{BEFORE}{name}" for name in names)
