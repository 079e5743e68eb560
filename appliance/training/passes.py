"""The planned passes of training steps: loss, backward pass, updates, one plan for each number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from appliance.layers.layer import walk
from appliance.layers.sequence import list_backward
from appliance.training.joined_gradients import JoinedGradient, JoinedGradients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.layers.layer import Floats, Layer, Updater
    from appliance.layers.product_terms import GradientRows
    from appliance.layers.sequence import Visit
    from appliance.layers.terms import Term
    from appliance.losses.loss import LossPass
    from appliance.model.forward import ForwardPass, ForwardPasses
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.plans import Do, Plan
    from appliance.optimizers import Clipping

    # A parameter's term with its gradient; None where its layer makes the gradient with the update.
    Gradient = tuple[Term, Floats | None]
    Key = tuple[int, int]


class PartPass(NamedTuple):
    """A backward pass over a part of a batch that changes no parameter, with the terms that it measures."""

    plan: Plan
    terms: list[Term]


class TrainingPasses:
    """What follows a forward pass, each plan made at its first use.

    Args:
        forward: the planned forward passes of the network.
        updaters: the update rule with its state, by the name of the layer.
        clipping: changes all gradients before the first update; None for no change.

    Attributes:
        layers: every layer of the network by its name, inner ones included.
    """

    def __init__(self, forward: ForwardPasses, updaters: dict[str, Updater], clipping: Clipping | None = None) -> None:
        self._forward = forward
        self._network = forward.network
        self.layers = {layer.name: layer for layer in walk(self._network.layers)}
        self._updaters = updaters
        self._clipping = clipping
        self._losses: dict[Key, tuple[Plan, LossPass]] = {}
        self._steps: dict[int, Plan] = {}
        self._parts: dict[Key, PartPass] = {}
        self._joined: dict[Key, Plan] = {}

    def drop(self) -> None:
        """Plan again at the next use; needed when arrays of parameters were exchanged."""
        self._losses.clear()
        self._steps.clear()
        self._parts.clear()
        self._joined.clear()

    def plan_forward(self, rows: int, whole: int | None = None) -> ForwardPass:
        """Return the forward pass of a step on so many samples of a batch of `whole` samples; None for all of it."""
        return self._forward.plan(rows, training=True, whole=whole)

    def plan_loss(self, rows: int, whole: int | None = None) -> tuple[Plan, LossPass]:
        """Return the plan of the loss, with its arrays."""
        key = self._forward.find_key(rows, whole)
        if key not in self._losses:
            plan = self._network.make_plan()
            plan.begin("loss")
            loss = self._network.loss.plan(self.plan_forward(rows, whole).signals[-1], plan)
            plan.output("loss.output_gradient", loss.gradient.values)
            self._losses[key] = (plan, loss)
        return self._losses[key]

    def _plan_backward(self, rows: int, visit: Visit, whole: int | None = None) -> Plan:
        """Return the backward pass from the loss's gradient; `visit` lists what follows at each layer."""
        forward, plan = self.plan_forward(rows, whole), self._network.make_plan()
        gradient = self.plan_loss(rows, whole)[1].gradient
        list_backward(self._network.layers, forward.signals, gradient, forward.batch, plan, visit)
        return plan

    def plan_step(self, rows: int) -> Plan:
        """Return a backward pass that takes an optimizer step at every layer, planned at the first use."""
        if rows not in self._steps:
            plan_step = self._plan_together if self._clipping else self._plan_one_by_one
            self._steps[rows] = plan_step(rows)
        return self._steps[rows]

    def _plan_one_by_one(self, rows: int) -> Plan:
        """Return a backward pass with the updates of each layer right after its gradients."""

        def visit(layer: Layer, terms: list[Term], plan: Plan) -> None:
            if terms:
                self._list_updates(layer, self._list_gradients(rows, layer, terms, plan), plan)

        return self._plan_backward(rows, visit)

    def _plan_together(self, rows: int) -> Plan:
        """Return a backward pass that first has the gradients of all parameters, then clips and applies them."""
        found: list[tuple[Layer, list[Gradient]]] = []

        def visit(layer: Layer, terms: list[Term], plan: Plan) -> None:
            if terms:
                found.append((layer, self._list_gradients(rows, layer, terms, plan)))

        plan = self._plan_backward(rows, visit)
        plan.begin("clipping")
        self.clip([(term, gradient) for _, pairs in found for term, gradient in pairs if gradient is not None], plan)
        for layer, pairs in found:
            self._list_updates(layer, pairs, plan)
        return plan

    def clip(self, gradients: Sequence[tuple[Term, Floats]], do: Do) -> None:
        """Clip the gradients of all parameters in place, if it is asked for."""
        if self._clipping is not None:
            found = {f"{term.layer.name}.{term.parameter}": gradient for term, gradient in gradients}
            self._clipping.apply([found[name] for name in self._network.parameters()], do)

    def _list_gradients(self, rows: int, layer: Layer, terms: list[Term], plan: Plan) -> list[Gradient]:
        """List the gradients for the parameters of a layer and of the layers inside it."""
        if plan.stages[-1].name != f"{layer.name}.gradients":
            plan.begin(f"{layer.name}.gradients")
        plan.host(self._check, terms)
        return [(term, self._list_gradient(term, rows, plan)) for term in terms]

    def _list_updates(self, layer: Layer, gradients: list[Gradient], plan: Plan) -> None:
        """List the optimizer's step for the parameters of a layer and of the layers inside it."""
        plan.begin(f"{layer.name}.update")
        for term, gradient in gradients:
            owner = self.layers[term.layer.name]
            self._list_update(term, gradient, plan)
            plan.output(f"{owner.name}.{term.parameter}", owner.parameters()[term.parameter])

    def _list_update(self, term: Term, gradient: Floats | None, plan: Plan, joined: GradientRows | None = None) -> None:
        """List the optimizer's step for a parameter; None for a gradient that its layer makes with the update."""
        owner, updater = self.layers[term.layer.name], self._updaters[term.layer.name]
        if gradient is None:
            owner.apply_term(term, updater, plan, joined)
        else:
            owner.apply_gradient(term.parameter, gradient, updater, plan)

    def _fuses(self, term: Term) -> bool:
        """Whether the layer of a parameter makes its gradient with the update; clipping needs all gradients before."""
        return self._clipping is None and self.layers[term.layer.name].fuses(term)

    def _check(self, terms: list[Term]) -> None:
        """Refuse gradients that are out of range, and widen the bounds of the parameters."""
        for term in terms:
            term.check()
            owner = self.layers[term.layer.name]
            owner.widen(term, self._updaters[owner.name])

    def _list_gradient(self, term: Term, rows: int, plan: Plan) -> Floats | None:
        """Round the addends of a parameter and return its gradient; None where its layer makes it with the update."""
        owner = self.layers[term.layer.name]
        term.choose(rows, plan)
        term.round(plan)
        if self._fuses(term):
            plan.output(f"{owner.name}.{term.parameter}_addends", term.addends)
            return None
        gradient = term.find_gradient(plan)
        plan.output(f"{owner.name}.{term.parameter}_gradient", gradient)
        return gradient

    def plan_part(self, rows: int, whole: int | None = None) -> PartPass:
        """Return a backward pass that measures the addends of every parameter, planned at the first use.

        Args:
            rows: samples of the part.
            whole: samples of the whole batch; None for as many.
        """
        key = self._forward.find_key(rows, whole)
        found: list[Term] = []

        def measure(layer: Layer, terms: list[Term], plan: Plan) -> None:
            plan.begin(f"{layer.name}.addends")
            for term in terms:
                plan.output(f"{term.layer.name}.{term.parameter}_addends", term.addends)
            found.extend(terms)

        if key not in self._parts:
            self._parts[key] = PartPass(self._plan_backward(rows, measure, whole), found)
        return self._parts[key]

    def plan_joined(self, rows: int, whole: int, exchange: Exchange) -> Plan:
        """Return what follows a pass over a part: joins the gradients of all workers and applies them.

        Args:
            rows: samples of the part.
            whole: samples of the whole batch.
            exchange: with the workers that have the other parts.
        """
        key = (rows, whole)
        if key not in self._joined:
            self._joined[key] = self._plan_joined(self.plan_part(rows, whole).terms, whole, exchange)
        return self._joined[key]

    def _plan_joined(self, terms: list[Term], whole: int, exchange: Exchange) -> Plan:
        plan, parts = self._network.make_plan(), JoinedGradients(terms, whole, exchange)
        plan.begin("maxima")
        parts.list_maxima(plan)
        plan.host(parts.take_size)
        plan.host(self._check, terms)
        plan.begin("sums")
        integers = parts.list_sums(plan)
        plan.begin("updates")
        found = [(term, JoinedGradient(term, own, plan)) for term, own in zip(terms, integers, strict=True)]
        gradients = [(term, None if self._fuses(term) else gradient.list_all(plan)) for term, gradient in found]
        self.clip([(term, gradient) for term, gradient in gradients if gradient is not None], plan)
        for (term, joined), (_, gradient) in zip(found, gradients, strict=True):
            self._list_update(term, gradient, plan, joined)
        return plan

    def list_part_plans(self, rows: int, whole: int, exchange: Exchange) -> list[Plan]:
        """Return the plans that a step on a part of a batch runs.

        Args:
            rows: samples of the part.
            whole: samples of the batch.
            exchange: with the workers that have the other parts.
        """
        part = [self.plan_forward(rows, whole).plan, self.plan_loss(rows, whole)[0], self.plan_part(rows, whole).plan]
        return [*part, self.plan_joined(rows, whole, exchange)]

    def list_plans(self, rows: int) -> list[Plan]:
        """Return the plans that one undivided step on that many rows runs, in order."""
        return [self.plan_forward(rows).plan, self.plan_loss(rows)[0], self.plan_step(rows)]

    def list_plans_without_update(self, rows: int) -> list[Plan]:
        """Return the plans of a forward and a backward pass on that many rows that change no parameter."""
        return [self.plan_forward(rows).plan, self.plan_loss(rows)[0], self.plan_part(rows).plan]
