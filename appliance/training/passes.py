"""The planned passes of training steps: loss, backward pass, updates, one plan for each number of rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from appliance.layers.layer import walk
from appliance.layers.sequence import list_backward

if TYPE_CHECKING:
    from appliance.layers.layer import Floats, Layer, Updater
    from appliance.layers.sequence import Visit
    from appliance.layers.terms import Term
    from appliance.losses.loss import LossPass
    from appliance.model.forward import ForwardPass, ForwardPasses
    from appliance.numerics.plans import Plan


class PartPass(NamedTuple):
    """A backward pass over a part of a batch that changes no parameter, with the terms that it measures."""

    plan: Plan
    terms: list[Term]


class TrainingPasses:
    """What follows a forward pass, each plan made at its first use.

    Args:
        forward: the planned forward passes of the network.
        updaters: the update rule with its state, by the name of the layer.

    Attributes:
        layers: every layer of the network by its name, inner ones included.
    """

    def __init__(self, forward: ForwardPasses, updaters: dict[str, Updater]) -> None:
        self._forward = forward
        self._network = forward.network
        self.layers = {layer.name: layer for layer in walk(self._network.layers)}
        self._updaters = updaters
        self._losses: dict[int, tuple[Plan, LossPass]] = {}
        self._steps: dict[int, Plan] = {}
        self._parts: dict[int, PartPass] = {}

    def drop(self) -> None:
        """Plan again at the next use; needed when arrays of parameters were exchanged."""
        for plans in (self._losses, self._steps, self._parts):
            plans.clear()

    def plan_forward(self, rows: int) -> ForwardPass:
        """Return the forward pass of a step."""
        return self._forward.plan(rows, training=True)

    def plan_loss(self, rows: int) -> tuple[Plan, LossPass]:
        """Return the plan of the loss, with its arrays."""
        if rows not in self._losses:
            plan = self._network.make_plan()
            plan.begin("loss")
            loss = self._network.loss.plan(self.plan_forward(rows).signals[-1], plan)
            plan.output("loss.output_gradient", loss.gradient.values)
            self._losses[rows] = (plan, loss)
        return self._losses[rows]

    def _plan_backward(self, rows: int, visit: Visit) -> Plan:
        """Return the backward pass from the loss's gradient; `visit` lists what follows at each layer."""
        forward, plan = self.plan_forward(rows), self._network.make_plan()
        gradient = self.plan_loss(rows)[1].gradient
        list_backward(self._network.layers, forward.signals, gradient, forward.batch, plan, visit)
        return plan

    def plan_step(self, rows: int) -> Plan:
        """Return a backward pass that takes an optimizer step at every layer, planned at the first use."""
        if rows not in self._steps:
            self._steps[rows] = self._plan_backward(rows, partial(self._list_updates, rows))
        return self._steps[rows]

    def _list_updates(self, rows: int, layer: Layer, terms: list[Term], plan: Plan) -> None:
        """List the optimizer's step for the parameters of a layer and of the layers inside it."""
        if not terms:
            return
        if plan.stages[-1].name != f"{layer.name}.gradients":
            plan.begin(f"{layer.name}.gradients")
        plan.host(self._check, terms)
        gradients = [self._list_gradient(term, rows, plan) for term in terms]
        plan.begin(f"{layer.name}.update")
        for term, gradient in zip(terms, gradients, strict=True):
            owner, updater = self.layers[term.layer.name], self._updaters[term.layer.name]
            if gradient is None:
                owner.apply_term(term, updater, plan)
            else:
                owner.apply_gradient(term.parameter, gradient, updater, plan)
            plan.output(f"{owner.name}.{term.parameter}", owner.parameters()[term.parameter])

    def _check(self, terms: list[Term]) -> None:
        """Refuse gradients that are out of range, and widen the bounds of the parameters."""
        for term in terms:
            term.check()
            owner = self.layers[term.layer.name]
            if owner.fuses(term):
                owner.widen(term, self._updaters[owner.name])

    def _list_gradient(self, term: Term, rows: int, plan: Plan) -> Floats | None:
        """Round the addends of a parameter and return its gradient; None where its layer makes it with the update."""
        owner = self.layers[term.layer.name]
        term.choose(rows, plan)
        term.round(plan)
        if owner.fuses(term):
            plan.output(f"{owner.name}.{term.parameter}_addends", term.addends)
            return None
        gradient = term.find_gradient(plan)
        plan.output(f"{owner.name}.{term.parameter}_gradient", gradient)
        return gradient

    def plan_part(self, rows: int) -> PartPass:
        """Return a backward pass that measures the addends of every parameter, planned at the first use."""
        found: list[Term] = []

        def measure(layer: Layer, terms: list[Term], plan: Plan) -> None:
            plan.begin(f"{layer.name}.addends")
            for term in terms:
                plan.output(f"{term.layer.name}.{term.parameter}_addends", term.addends)
            found.extend(terms)

        if rows not in self._parts:
            self._parts[rows] = PartPass(self._plan_backward(rows, measure), found)
        return self._parts[rows]

    def list_plans(self, rows: int) -> list[Plan]:
        """Return the plans that one undivided step on that many rows runs, in order."""
        return [self.plan_forward(rows).plan, self.plan_loss(rows)[0], self.plan_step(rows)]

    def list_plans_without_update(self, rows: int) -> list[Plan]:
        """Return the plans of a forward and a backward pass on that many rows that change no parameter."""
        return [self.plan_forward(rows).plan, self.plan_loss(rows)[0], self.plan_part(rows).plan]
