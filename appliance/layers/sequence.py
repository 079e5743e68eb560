"""Layers one after the other: their forward pass and their backward pass, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.layers.layer import Batch, Layer, Signal
    from appliance.layers.terms import Term
    from appliance.numerics.plans import Plan

    Visit = Callable[[Layer, list[Term], Plan], None]


def list_forward(layers: Sequence[Layer], x: Signal, batch: Batch, plan: Plan) -> list[Signal]:
    """Return the input of each layer in order, then the output of the last one."""
    signals = [x]
    for layer in layers:
        if parameters := layer.parameters():
            plan.begin(f"{layer.name}.parameters")
            layer.prepare(plan)
            for name, parameter in parameters.items():
                plan.output(f"{layer.name}.{name}", parameter)
        plan.begin(f"{layer.name}.output")
        signals.append(layer.forward(signals[-1], batch, plan))
        plan.output(f"{layer.name}.output", signals[-1].values)
    return signals


def list_backward(
    layers: Sequence[Layer], signals: Sequence[Signal], gradient: Signal, batch: Batch, plan: Plan, visit: Visit
) -> Signal | None:
    """Return the gradient of the first layer's input.

    Args:
        layers: in forward order.
        signals: as `list_forward` returned them.
        gradient: of the last layer's output.
        batch: that of the forward pass.
        plan: lists the operations.
        visit: is given each layer with its terms, after its backward pass is listed.
    """
    below: Signal | None = gradient
    for number, layer in reversed(list(enumerate(layers))):
        if below is None:
            break
        stage = plan.begin(f"{layer.name}.{'input_gradient' if number else 'backward'}")
        below, terms = layer.backward(signals[number], signals[number + 1], below, batch, plan)
        if below is not None:
            if layer.layers:
                stage = plan.stages[-1]  # what comes last in the backward pass of a layer with inner ones
            stage.outputs[f"{layer.name}.input_gradient"] = below.values
        visit(layer, terms, plan)
    return below
