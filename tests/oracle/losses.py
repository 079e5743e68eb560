"""Losses: what each gives as the gradient of the outputs, and the loss of every sample."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from oracle import exact, functions
from oracle.formats import F64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.formats import Format

Rows = list[list[float]]

_MANY_CLASSES = 256


class Softmax(NamedTuple):
    """The softmax of a batch: shifted logits, sums of the terms, probabilities."""

    shifted: Rows
    sums: list[float]
    probabilities: Rows


class Difference(NamedTuple):
    """What a batch gives: the gradient of the outputs, not divided by the samples, and the samples' losses."""

    gradient: Rows
    losses: list[float]


def compute_softmax(logits: Rows, fmt: Format) -> Softmax:
    """Return the softmax of every row."""
    shifted, sums, probabilities = [], [], []
    wide = F64 if len(logits[0]) > _MANY_CLASSES else fmt
    limit = min((1 << wide.precision) // len(logits[0]), 1 << wide.precision - 2)
    s = exact.find_exponent(1.0, limit, wide.cap)
    for row in logits:
        top = max(row)
        d = fmt.round([z - top for z in row])
        units = exact.count_units((functions.exp_nonpositive(x, fmt) for x in d), s)
        assert sum(units) <= 1 << wide.precision
        whole = math.ldexp(sum(units), -s)
        shifted.append(d)
        sums.append(whole)
        probabilities.append(fmt.round([e / whole for e in exact.scale(units, s)]))
    return Softmax(shifted, sums, probabilities)


def average_losses(losses: list[float], targets: int = 1) -> float:
    """Return the mean of losses, divided by the number of targets of a sample."""
    limit = min((1 << F64.precision) // len(losses), 1 << F64.precision - 2)
    s = exact.find_exponent(max(map(abs, losses)), limit, F64.cap)
    return math.ldexp(sum(exact.count_units(losses, s)), -s) / len(losses) / targets


def differentiate_classes(logits: Rows, labels: Sequence[int], fmt: Format) -> Difference:
    """Return gradient and losses of the cross-entropy."""
    softmax = compute_softmax(logits, fmt)
    gradient = [
        fmt.round([x - 1.0 if k == label else x for k, x in enumerate(p)])
        for p, label in zip(softmax.probabilities, labels, strict=True)
    ]
    rows = zip(softmax.sums, softmax.shifted, labels, strict=True)
    return Difference(gradient, [functions.log(whole) - d[label] for whole, d, label in rows])


def add_row(values: Sequence[float]) -> float:
    """Return the page's row sum."""
    if len(values) == 1:
        return values[0]
    bits = min(51, 53 - (len(values) - 1).bit_length())
    e = max(-400, math.frexp(max(map(abs, values)))[1])
    return math.ldexp(sum(exact.count_units(values, bits - e)), e - bits)


def differentiate_targets(outputs: Rows, targets: Rows, fmt: Format) -> Difference:
    """Return gradient and losses of the mean squared error."""
    factor = fmt.round_one(2.0 / len(outputs[0]))
    gradient, losses = [], []
    for row, expected in zip(outputs, targets, strict=True):
        d = fmt.round([z - y for z, y in zip(row, expected, strict=True)])
        gradient.append(fmt.round([x * factor for x in d]))
        losses.append(add_row([x * x for x in d]))
    return Difference(gradient, losses)


def differentiate_answers(logits: Rows, targets: Rows, fmt: Format) -> Difference:
    """Return gradient and losses of the binary cross-entropy."""
    factor = 1.0 / len(logits[0])
    gradient, losses = [], []
    for row, expected in zip(logits, targets, strict=True):
        pairs = list(zip(row, expected, strict=True))
        gradient.append(fmt.round([(functions.sigmoid(max(z, -64.0)) - y) * factor for z, y in pairs]))
        losses.append(add_row([max(z, 0.0) - z * y + functions.log1p(functions.exp(-abs(z), F64)) for z, y in pairs]))
    return Difference(gradient, losses)


def judge(
    name: str, outputs: Rows, labels: list[int] | list[list[float]], fmt: Format
) -> tuple[dict[str, float], list[int] | list[list[int]]]:
    """Return what is measured beside the loss, by its name in the history, and the predicted classes, if there are."""
    targets = [label if isinstance(label, list) else [float(label)] for label in labels]
    count = sum(map(len, targets))
    if name == "mean-squared-error":
        pairs = [
            (z, y) for row, expected in zip(outputs, targets, strict=True) for z, y in zip(row, expected, strict=True)
        ]
        return {"test_mean_absolute_error": average_losses([abs(fmt.round_one(z - y)) for z, y in pairs])}, []
    if name == "cross-entropy":
        classes = [row.index(max(row)) for row in outputs]
        return {"test_accuracy": sum([c] == y for c, y in zip(classes, targets, strict=True)) / count}, classes
    rows = [[int(z > 0.0) for z in row] for row in outputs]
    hits = sum(c == y for row, expected in zip(rows, targets, strict=True) for c, y in zip(row, expected, strict=True))
    return {"test_accuracy": hits / count}, rows if isinstance(labels[0], list) else [row[0] for row in rows]
