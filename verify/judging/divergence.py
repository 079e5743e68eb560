"""Finds where two runs differ first, in the order in which a run passes through its stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.judging.arrays import ArrayDifference, classify, compare_arrays
from verify.judging.contradictions import list_contradictions
from verify.judging.differences import count_ulps, list_differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.digests import JsonValue
    from verify.files.record import EpochRow
    from verify.files.run import RunFiles
    from verify.results import Verdict

_LOSSES = ("train_loss", "test_loss", "test_accuracy")
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
    """

    places: tuple[Place, ...]
    weights: tuple[ArrayDifference, ...]
    predictions: tuple[ArrayDifference, ...]
    epochs: int
    elements: int
    notes: tuple[str, ...]

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
    weights = compare_arrays(a.weights.arrays, b.weights.arrays)
    predictions = compare_arrays(a.predictions.arrays, b.predictions.arrays)
    places = [
        *_compare_start(a, b),
        *_compare_epochs(a.record.epochs, b.record.epochs, weights),
        *_find_element("final_weights", weights),
        *_find_element("predictions", predictions),
        *_compare_metrics(a, b),
        *_compare_digests(a, b, "run"),
    ]
    sizes = [array.size for tensors in (a.weights, a.predictions) for array in tensors.arrays.values()]
    return Divergence(
        places=tuple(places),
        weights=tuple(weights),
        predictions=tuple(predictions),
        epochs=min(len(a.record.epochs), len(b.record.epochs)),
        elements=sum(int(size) for size in sizes),
        notes=tuple(
            f"{run.path} contradicts itself: {row.subject}: expected {row.expected}, found {row.found}"
            for run in (a, b)
            for row in list_contradictions(run)[:1]
        ),
    )


def _compare_start(a: RunFiles, b: RunFiles) -> Iterator[Place]:
    """Yield what differs before the first step."""
    sides = [{**run.record.settings, "bits": run.record.bits, "profile": run.record.profile} for run in (a, b)]
    for row in list_differences(sides[0], sides[1])[:1]:
        yield Place(stage="settings", field=row.path, a=row.expected, b=row.found, kind="settings")
    yield from _compare_digests(a, b, "dataset", "initial_weights")


def _compare_digests(a: RunFiles, b: RunFiles, *stages: str) -> Iterator[Place]:
    for stage in stages:
        x, y = (getattr(run.record.digests, stage) for run in (a, b))
        if x != y:
            yield Place(stage=stage, a=x, b=y, kind=_KINDS[stage])


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
        for name in _LOSSES:
            p, q = getattr(x, name), getattr(y, name)
            if p != q and "history" not in found:
                ulp = count_ulps(p, q, "f64")
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


def _compare_metrics(a: RunFiles, b: RunFiles) -> Iterator[Place]:
    x, y = a.record.metrics, b.record.metrics
    for name in sorted({*x, *y}):
        p, q = x.get(name), y.get(name)
        if p != q:
            ulp = None if p is None or q is None else count_ulps(p, q, "f64")
            yield Place(stage="metrics", field=name, a=p, b=q, ulp=ulp, kind="values")
            return
