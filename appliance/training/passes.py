"""The planned passes of training steps: loss, backward pass, updates, one plan for each number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.layers.layer import Addends, Floats, Layer, Signal, Updater
    from appliance.losses.loss import LossPass
    from appliance.model.forward import ForwardPasses
    from appliance.numerics.plans import Plan

    Visit = Callable[[Layer, Signal, Signal, Plan], None]


class TrainingPasses:
    """What follows a forward pass, each plan made at its first use.

    Args:
        forward: the planned forward passes of the network.
        updaters: the update rule with its state, by the name of the layer.
        scale: shape (); what gradients are multiplied by, read when a plan runs.
    """

    def __init__(self, forward: ForwardPasses, updaters: dict[str, Updater], scale: Floats) -> None:
        self._forward = forward
        self._network = forward.network
        self._updaters = updaters
        self._scale = scale
        self._losses: dict[int, tuple[Plan, LossPass]] = {}
        self._steps: dict[int, Plan] = {}
        self._parts: dict[int, tuple[Plan, list[Addends]]] = {}

    def drop(self) -> None:
        """Plan again at the next use; needed when arrays of parameters were exchanged."""
        for plans in (self._losses, self._steps, self._parts):
            plans.clear()

    def plan_loss(self, rows: int) -> tuple[Plan, LossPass]:
        """Return the plan of the loss, with its arrays."""
        if rows not in self._losses:
            plan = self._network.make_plan()
            plan.begin("loss")
            loss = self._network.loss.plan(self._forward.plan(rows).signals[-1], plan)
            plan.output("loss.output_gradient", loss.gradient.values)
            self._losses[rows] = (plan, loss)
        return self._losses[rows]

    def _plan_backward(self, rows: int, visit: Visit) -> Plan:
        """Return the backward pass from the loss's gradient; `visit` lists what follows at each layer."""
        signals, plan = self._forward.plan(rows).signals, self._network.make_plan()
        gradient = self.plan_loss(rows)[1].gradient
        for number, layer in reversed(list(enumerate(self._network.layers))):
            below = gradient
            if number:
                plan.begin(f"{layer.name}.input_gradient")
                below = layer.backward(signals[number], signals[number + 1], gradient, plan)
                plan.output(f"{layer.name}.input_gradient", below.values)
            visit(layer, signals[number], gradient, plan)
            gradient = below
        return plan

    def plan_step(self, rows: int) -> Plan:
        """Return a backward pass that takes an optimizer step at every layer, planned at the first use."""

        def update(layer: Layer, x: Signal, gradient: Signal, plan: Plan) -> None:
            if layer.parameters():
                plan.begin(f"{layer.name}.gradients")
                layer.update(x, gradient, self._scale, self._updaters[layer.name], plan)
                for name, parameter in layer.parameters().items():
                    plan.output(f"{layer.name}.{name}", parameter)

        if rows not in self._steps:
            self._steps[rows] = self._plan_backward(rows, update)
        return self._steps[rows]

    def plan_part(self, rows: int) -> tuple[Plan, list[Addends]]:
        """Return a backward pass that measures the addends of every layer with parameters, planned at the first use."""
        found: list[Addends] = []

        def measure(layer: Layer, x: Signal, gradient: Signal, plan: Plan) -> None:
            plan.begin(f"{layer.name}.addends")
            addends = layer.measure(x, gradient, self._scale, plan)
            if addends is not None:
                plan.output(f"{layer.name}.addends", addends.weight)
                found.insert(0, addends)

        if rows not in self._parts:
            self._parts[rows] = (self._plan_backward(rows, measure), found)
        return self._parts[rows]

    def list_plans(self, rows: int) -> list[Plan]:
        """Return the plans that one undivided step on that many rows runs, in order."""
        return [self._forward.plan(rows).plan, self.plan_loss(rows)[0], self.plan_step(rows)]

    def list_plans_without_update(self, rows: int) -> list[Plan]:
        """Return the plans of a forward and a backward pass on that many rows that change no parameter."""
        return [self._forward.plan(rows).plan, self.plan_loss(rows)[0], self.plan_part(rows)[0]]
