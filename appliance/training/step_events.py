"""The events of one training step in a trace: what each reads and what it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

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
    """

    name: str
    parameters: tuple[str, ...]
    state: tuple[str, ...]
    gradients: tuple[str, ...]
    unread: tuple[str, ...] = ()


def list_layers(
    trainer: Trainer, arrays: Collection[str], *, fused: Collection[str], large: Collection[str], detailed: bool
) -> list[LayerNames]:
    """Return the layers of a network from the input to the output.

    Args:
        trainer: takes the steps.
        arrays: the names of all arrays that are recorded.
        fused: layers that are left out.
        large: parameters and state that are not read at every step.
        detailed: whether gradients are recorded.
    """
    layers, kept = [], trainer.list_arrays()
    for layer in trainer.network.layers:
        if layer.name in fused:
            continue
        own = [f"{layer.name}.{name}" for name in layer.parameters()]
        state = [name for name in kept if name.rpartition(".")[0] in own]
        made = [f"{layer.name}.{name}" for name in ("weight_gradient", "weight_addends", "bias_gradient")]
        gradients = tuple(name for name in made if detailed and name in arrays)
        unread = tuple(name for name in (*own, *state) if name in large)
        layers.append(LayerNames(layer.name, tuple(own), tuple(state), gradients, unread))
    return layers


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
    signals = ["input" if scaled else "batch", *(f"{layer.name}.output" for layer in layers)]
    for layer, below, output in zip(layers, signals, signals[1:], strict=False):
        read = () if layer.unread else (below, *_before(layer.parameters))
        events.append(StepEvent("operation", output, read, (output,)))
    gradient = "loss.output_gradient"
    made = (gradient, *(f"loss.term_{number}" for number in range(1, terms + 1)))
    events.append(StepEvent("operation", "loss", (signals[-1], "labels"), made))
    for number in reversed(range(len(layers))):
        layer, below = layers[number], signals[number]
        above = gradient
        if number:
            gradient = f"{layer.name}.input_gradient"
            read = _before(layer.parameters[:1]) or (signals[number + 1],)
            events.append(StepEvent("operation", gradient, () if layer.unread else (above, *read), (gradient,)))
        events += _list_updates(layer, below, above)
    return events


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
