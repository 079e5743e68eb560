"""One check for each stage of a run: what was expected, what was found, and where the first difference is.

Both sides are records or goldens; they share what is compared here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from verify import results
from verify.files.record import SCORES
from verify.judging.differences import count_ulps, list_differences

if TYPE_CHECKING:
    from verify.files.record import RunOutcome, Samples
    from verify.results import Result, Status


class Subject(NamedTuple):
    """What a check compares: its id among the checks with a golden, its name in the plural."""

    id: str
    name: str


INTACT = Subject("V001", "goldens")
SETTINGS = Subject("V002", "settings")
DATASET = Subject("V003", "data set bytes")
INITIAL = Subject("V004", "initial weights")
EPOCHS = Subject("V005", "weights by epoch")
HISTORY = Subject("V006", "losses and accuracies by epoch")
PREDICTIONS = Subject("V007", "predictions")
FINAL = Subject("V008", "final weights")
RUN = Subject("V009", "run digests")
SAMPLES = Subject("V010", "sample values")
COMPARABLE = Subject("V011", "terms of comparison")
METRICS = Subject("V012", "metrics")
LOSSES = Subject("V013", "losses")
TRACES = Subject("V015", "traces by epoch")


def make_result(
    prefix: str,
    subject: Subject,
    status: Status,
    expected: object = None,
    found: object = None,
    *,
    title: str | None = None,
    where: str | None = None,
    remedy: str | None = None,
) -> Result:
    """Return the result of a subject; `prefix` is V for a golden, R for another record.

    The title follows from the status, and the remedy from the table of checks, unless given.
    """
    verb = {"pass": "agree", "fail": "differ"}.get(status, "cannot be judged")
    return results.make_result(
        prefix + subject.id[1:],
        status,
        expected=expected,
        found=found,
        where=where,
        title=title or f"{subject.name} {verb}",
        remedy=remedy,
    )


def compare_values(
    prefix: str, subject: Subject, expected: object, found: object, *, where: str | None = None
) -> Result:
    """Pass where both values are equal and no place of a difference is given."""
    status: Status = "pass" if where is None and expected == found else "fail"
    return make_result(prefix, subject, status, expected, found, where=where)


def check_settings(prefix: str, expected: RunOutcome, found: RunOutcome) -> Result:
    """Compare configuration digests, plus the settings themselves, which say what was edited."""
    rows = list_differences(expected.settings, found.settings)
    where = f"{rows[0].path}: {rows[0].expected} -> {rows[0].found}" if rows else None
    return compare_values(prefix, SETTINGS, expected.config_digest, found.config_digest, where=where)


def check_digest(prefix: str, subject: Subject, stage: str, expected: RunOutcome, found: RunOutcome) -> Result:
    """Compare the digest of one stage."""
    return compare_values(prefix, subject, getattr(expected.digests, stage), getattr(found.digests, stage))


class _Place(NamedTuple):
    """The first place where the epochs of two runs differ: the key, its place in words, both values."""

    key: str
    where: str
    expected: object
    found: object


def _find_place(expected: RunOutcome, found: RunOutcome, *keys: str) -> _Place | None:
    """Return the first difference of these keys, epoch by epoch; the numbers of the epochs are always compared."""
    for a, b in zip(expected.epochs, found.epochs, strict=False):
        for key in ("epoch", *keys):
            if getattr(a, key) != getattr(b, key):
                return _Place(key, f"epoch {a.epoch}, {key}", getattr(a, key), getattr(b, key))
    counts = len(expected.epochs), len(found.epochs)
    return None if counts[0] == counts[1] else _Place("epoch", "the number of epochs", *counts)


def check_epochs(prefix: str, expected: RunOutcome, found: RunOutcome) -> Result:
    """Compare the digests of the weights epoch by epoch."""
    place = _find_place(expected, found, "weights")
    if place is None:
        return make_result(prefix, EPOCHS, "pass", len(expected.epochs), len(found.epochs))
    return make_result(prefix, EPOCHS, "fail", place.expected, place.found, where=place.where)


def check_history(prefix: str, expected: RunOutcome, found: RunOutcome) -> Result:
    """Compare losses and accuracies epoch by epoch, then their digest."""
    place = _find_place(expected, found, *SCORES)
    if place is None:
        return check_digest(prefix, HISTORY, "history", expected, found)
    return make_result(prefix, HISTORY, "fail", place.expected, place.found, where=place.where)


def check_epochs_in_order(prefix: str, expected: RunOutcome, found: RunOutcome) -> Result:
    """Compare weights and losses together, epoch by epoch, so that the first difference is the earliest one."""
    place = _find_place(expected, found, "weights", *SCORES)
    if place is None:
        return make_result(prefix, EPOCHS, "pass", len(expected.epochs), len(found.epochs))
    subject = HISTORY if place.key in SCORES else EPOCHS
    return make_result(prefix, subject, "fail", place.expected, place.found, where=place.where)


def check_metrics(prefix: str, expected: RunOutcome, found: RunOutcome) -> Result:
    """Compare every metric that is expected; further ones are allowed."""
    known = {name: found.metrics.get(name) for name in expected.metrics}
    rows = list_differences(expected.metrics, known)
    if not rows:
        return compare_values(prefix, METRICS, dict(expected.metrics), known)
    return compare_values(prefix, METRICS, rows[0].expected, rows[0].found, where=rows[0].path)


def _index_samples(samples: Samples) -> dict[str, str]:
    return {
        f"{tensor}[{', '.join(map(str, sample.index))}]": sample.value
        for tensor in sorted(samples)
        for sample in samples[tensor]
    }


def check_samples(prefix: str, expected: RunOutcome, found: RunOutcome) -> Result:
    """Compare stored values of tensors; a difference is given in ulps of the run's precision."""
    a, b = _index_samples(expected.samples), _index_samples(found.samples)
    differing = [place for place, value in a.items() if b.get(place) != value]
    if not differing:
        return make_result(prefix, SAMPLES, "pass", len(a), len(a))
    place = differing[0]
    if place not in b:
        return make_result(prefix, SAMPLES, "fail", a[place], None, where=f"{place}, which the record lacks")
    ulps = count_ulps(float.fromhex(a[place]), float.fromhex(b[place]), expected.precision)
    distance = "too far apart to count" if ulps is None else f"{ulps} ulp apart"
    where = f"{place}, {distance}; {len(differing)} of {len(a)} samples differ"
    return make_result(prefix, SAMPLES, "fail", a[place], b[place], where=where)


def check_losses(prefix: str, expected: RunOutcome, found: RunOutcome, tolerance: float) -> Result:
    """Compare losses within a relative tolerance: each epoch's, then every metric with "loss" in its name."""
    place = _find_place(expected, found)
    if place is not None:
        return make_result(prefix, LOSSES, "fail", place.expected, place.found, where=place.where)
    rows: list[tuple[str, float, float | None]] = [
        (f"epoch {a.epoch}, train_loss", a.train_loss, b.train_loss)
        for a, b in zip(expected.epochs, found.epochs, strict=True)
    ]
    rows += [(name, value, found.metrics.get(name)) for name, value in expected.metrics.items() if "loss" in name]
    for name, a, b in rows:
        if b is None or not abs(a - b) <= tolerance * max(abs(a), abs(b)):
            return make_result(prefix, LOSSES, "fail", a, b, where=f"{name}, beyond a relative {tolerance:g}")
    title = f"losses agree within a relative {tolerance:g}; on another class of machine bits are not compared"
    return make_result(prefix, LOSSES, "pass", rows[-1][1], rows[-1][2], title=title)
