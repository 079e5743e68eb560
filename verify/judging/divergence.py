"""Finds where two runs differ first, in the order in which a run passes through its stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.files.record import SCORES
from verify.judging.arrays import ArrayDifference, classify, compare_arrays
from verify.judging.differences import count_ulps, list_differences
from verify.judging.outcomes import Results, count_samples, pair_samples, take_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.digests import JsonValue
    from verify.files.record import EpochRow
    from verify.files.run import RunFiles
    from verify.judging.arrays import Arrays
    from verify.results import Verdict

STAGES = {
    "settings": "settings",
    "dataset": "data set",
    "initial_weights": "initial weights",
    "epochs": "weights by epoch",
    "history": "losses by epoch",
    "final_weights": "final weights",
    "predictions": "predictions",
    "metrics": "metrics",
    "run": "run digest",
}
"""What is compared, in order, with its name in a sentence."""
_KINDS = {"dataset": "data", "initial_weights": "initial-weights", "epochs": "weights", "run": "digest"}


@attrs.frozen(kw_only=True)
class Place:
    """Where two runs differ, with the value of each.

    Args:
        stage: the stage, one of `STAGES`.
        a: the value of the first run: a number, a setting or, where no value is stored, a digest.
        b: the value of the second run.
        kind: the kind of the difference.
        epoch: the epoch, from 1.
        field: the setting, loss or metric.
        tensor: the name of the tensor.
        index: the place of the element.
        ulp: how many numbers of the format lie from one value to the other; None where that cannot be counted.
    """

    stage: str
    a: JsonValue
    b: JsonValue
    kind: str
    epoch: int | None = None
    field: str | None = None
    tensor: str | None = None
    index: tuple[int, ...] | None = None
    ulp: int | None = None


@attrs.frozen(kw_only=True)
class Divergence:
    """The comparison of two runs.

    Args:
        places: the first difference of every stage that differs, in the order of a run.
        weights: the tensors of the final weights that differ.
        predictions: the tensors of the predictions that differ.
        epochs: how many epochs both runs have.
        elements: how many elements of tensors were compared.
        notes: what in one of the directories contradicts itself.
        subject: what was compared, in words.
        sampled: whether only sample values of the tensors were compared, because a golden holds no more.
    """

    places: tuple[Place, ...]
    weights: tuple[ArrayDifference, ...]
    predictions: tuple[ArrayDifference, ...]
    epochs: int
    elements: int
    notes: tuple[str, ...]
    subject: str = "runs"
    sampled: bool = False

    @property
    def first(self) -> Place | None:
        """The first difference; None where there is none."""
        return self.places[0] if self.places else None

    @property
    def verdict(self) -> Verdict:
        """Identical only where nothing differs and neither run contradicts itself."""
        if self.places:
            return "different"
        return "could-not-judge" if self.notes else "identical"


def compare_runs(a: RunFiles, b: RunFiles) -> Divergence:
    """Compare two runs stage by stage; tensors are compared element by element."""
    return compare_results(take_run(a), take_run(b))


def compare_results(a: Results, b: Results, subject: str = "runs") -> Divergence:
    """Compare two results stage by stage, as closely as what both sides store allows.

    Args:
        a: one side.
        b: the other.
        subject: what they are, in words.
    """
    weights = compare_stored(a.weights, b.weights)
    predictions = compare_stored(a.predictions, b.predictions)
    sampled = a.weights is None or b.weights is None
    element = list(_compare_samples(a, b)) if sampled else _find_element("final_weights", weights)
    places = [
        *_compare_start(a, b),
        *_compare_epochs(a.outcome.epochs, b.outcome.epochs, weights),
        *(element or (_compare_digests(a, b, "final_weights") if sampled else ())),
        *(_compare_digests(a, b, "predictions") if sampled else _find_element("predictions", predictions)),
        *_compare_metrics(a, b),
        *_compare_digests(a, b, "run"),
    ]
    stored = [array for tensors in (a.weights, a.predictions) for array in (tensors or {}).values()]
    return Divergence(
        places=tuple(places),
        weights=tuple(weights),
        predictions=tuple(predictions),
        epochs=min(len(a.outcome.epochs), len(b.outcome.epochs)),
        elements=count_samples(a, b) if sampled else sum(int(array.size) for array in stored),
        notes=(*a.notes, *b.notes),
        subject=subject,
        sampled=sampled,
    )


def compare_stored(a: Arrays | None, b: Arrays | None) -> list[ArrayDifference]:
    """Return how tensors differ; nothing where one side does not store them."""
    return [] if a is None or b is None else compare_arrays(a, b)


def _compare_samples(a: Results, b: Results) -> Iterator[Place]:
    """Yield the first sample value of the final weights that differs."""
    precision = a.outcome.precision
    for name, index, x, y in pair_samples(a, b):
        if x != y:
            p, q = float.fromhex(x), float.fromhex(y)
            ulp = count_ulps(p, q, precision) if precision == b.outcome.precision else None
            yield Place(stage="final_weights", tensor=name, index=index, a=p, b=q, ulp=ulp, kind="values")
            return


def _compare_start(a: Results, b: Results) -> Iterator[Place]:
    """Yield what differs before the first step."""
    sides = [{**side.outcome.settings, "bits": side.outcome.bits, "profile": side.profile} for side in (a, b)]
    for row in list_differences(sides[0], sides[1])[:1]:
        yield Place(stage="settings", field=row.path, a=row.expected, b=row.found, kind="settings")
    yield from _compare_digests(a, b, "dataset", "initial_weights")


def _compare_digests(a: Results, b: Results, *stages: str) -> Iterator[Place]:
    for stage in stages:
        x, y = (getattr(side.outcome.digests, stage) for side in (a, b))
        if x != y:
            yield Place(stage=stage, a=x, b=y, kind=_KINDS.get(stage, "digest"))


def _compare_epochs(a: tuple[EpochRow, ...], b: tuple[EpochRow, ...], weights: list[ArrayDifference]) -> list[Place]:
    """Return the first difference of the weights and of the losses, the earlier one first.

    Weights are stored after the last epoch only: there the first element that differs is known.
    """
    found: dict[str, Place] = {}
    for number, (x, y) in enumerate(zip(a, b, strict=False), start=1):
        if x.weights != y.weights and "epochs" not in found:
            place = Place(stage="epochs", epoch=number, a=x.weights, b=y.weights, kind=_KINDS["epochs"])
            known = _find_element("epochs", weights) if number == len(a) == len(b) else []
            found["epochs"] = attrs.evolve(known[0], epoch=number) if known else place
        for name in SCORES:
            p, q = getattr(x, name), getattr(y, name)
            if p != q and "history" not in found:
                ulp = None if p is None or q is None else count_ulps(p, q, "f64")
                found["history"] = Place(stage="history", epoch=number, field=name, a=p, b=q, ulp=ulp, kind="values")
    if len(a) != len(b) and not found:
        found["epochs"] = Place(stage="epochs", field="number of epochs", a=len(a), b=len(b), kind="shape")
    return sorted(found.values(), key=lambda place: (place.epoch or 0, place.stage))


def _find_element(stage: str, differences: list[ArrayDifference]) -> list[Place]:
    """Return the first element of the first tensor that differs, if any does."""
    if not differences:
        return []
    row, kind = differences[0], classify(differences)
    return [Place(stage=stage, tensor=row.tensor, index=row.index, a=row.a, b=row.b, ulp=row.ulp, kind=kind)]


def _compare_metrics(a: Results, b: Results) -> Iterator[Place]:
    x, y = a.outcome.metrics, b.outcome.metrics
    for name in sorted({*x, *y}):
        p, q = x.get(name), y.get(name)
        if p != q:
            ulp = None if p is None or q is None else count_ulps(p, q, "f64")
            yield Place(stage="metrics", field=name, a=p, b=q, ulp=ulp, kind="values")
            return
