"""One check for each stage of a run: what was expected of it, what was found, where they part first.

Both sides are records or goldens as JSON objects; they share the keys that are compared here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from verify.judging.differences import count_ulps, list_differences
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.results import Status

    Outcome = Mapping[str, Any]


class Subject(NamedTuple):
    """What a check looks at: its number, its name in the plural, and what to do when it differs."""

    number: int
    name: str
    remedy: str


INTACT = Subject(1, "goldens", "restore the golden from version control")
SETTINGS = Subject(2, "settings", "the configuration was edited: restore it, or give the new one another name")
DATASET = Subject(3, "data set bytes", "repro-appliance data check tells whether the files are the right ones")
INITIAL = Subject(4, "initial weights", "the streams of random words or the initialization changed: look there first")
EPOCHS = Subject(5, "weights by epoch", "run it again: if the epoch moves, suspect the hardware, else the arithmetic")
HISTORY = Subject(6, "losses and accuracies by epoch", "if the weights agree, look at the loss or at the evaluation")
PREDICTIONS = Subject(7, "predictions", "if the final weights agree, look at the forward pass")
FINAL = Subject(8, "final weights", "V005 names the first epoch that differs; compare the machines: fingerprint --diff")
RUN = Subject(9, "run digests", "it covers all other digests: if it differs alone, the way it is formed changed")
SAMPLES = Subject(10, "sample values", "a few ulps: an operation rounds elsewhere; many: other data, seed or settings")
COMPARABLE = Subject(11, "terms of comparison", "compare runs of one configuration, bits version, profile, precision")
METRICS = Subject(12, "metrics", "if the weights agree, look at the evaluation")
LOSSES = Subject(13, "losses", "more than rounding: it is another computation; compare with fingerprint --diff")
MADE = Subject(14, "runs", "make the run possible first: train --config NAME shows what is wrong")


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
    """Return a subject's result; title and remedy follow from the status unless given."""
    verb = {"pass": "agree", "fail": "differ"}.get(status, "cannot be judged")
    return Result(
        id=f"{prefix}{subject.number:03}",
        title=title or f"{subject.name} {verb}",
        status=status,
        expected=expected,
        found=found,
        where=where,
        remedy=remedy or (subject.remedy if status in ("fail", "could-not-judge") else None),
    )


def _decide(prefix: str, subject: Subject, expected: object, found: object, where: str | None = None) -> Result:
    """Pass where both values are equal and no place of difference is named."""
    status: Status = "pass" if where is None and expected == found else "fail"
    return make_result(prefix, subject, status, expected, found, where=where)


def check_digest(prefix: str, subject: Subject, stage: str, expected: Outcome, found: Outcome) -> Result:
    """Compare one stage's digest."""
    return _decide(prefix, subject, expected["digests"][stage], found["digests"].get(stage))


def check_settings(prefix: str, expected: Outcome, found: Outcome) -> Result:
    """Compare configuration digests, plus the settings themselves, which say what was edited."""
    rows = list_differences(expected.get("settings"), found.get("settings"))
    where = f"{rows[0].path}: {rows[0].expected} -> {rows[0].found}" if rows else None
    return _decide(prefix, SETTINGS, expected["config_digest"], found.get("config_digest"), where)


def _find_epoch(expected: Outcome, found: Outcome, *keys: str) -> tuple[str | None, Any, Any]:
    """Return the first place where two histories differ, with what either holds there."""
    for a, b in zip(expected["epochs"], found["epochs"], strict=False):
        for key in ("epoch", *keys):
            if a.get(key) != b.get(key):
                return f"epoch {a['epoch']}, {key}", a.get(key), b.get(key)
    counts = len(expected["epochs"]), len(found["epochs"])
    return (None if counts[0] == counts[1] else "the number of epochs"), *counts


def check_epochs(prefix: str, expected: Outcome, found: Outcome) -> Result:
    """Compare the weights' digests epoch by epoch."""
    where, a, b = _find_epoch(expected, found, "weights")
    return _decide(prefix, EPOCHS, a, b, where)


def check_history(prefix: str, expected: Outcome, found: Outcome) -> Result:
    """Compare the history's digest, plus the losses and accuracies themselves, which say where it parts."""
    keys = [key for key in expected["epochs"][0] if key != "weights"]
    where, a, b = _find_epoch(expected, found, *keys)
    if where is None:
        return check_digest(prefix, HISTORY, "history", expected, found)
    return _decide(prefix, HISTORY, a, b, where)


def check_metrics(prefix: str, expected: Outcome, found: Outcome) -> Result:
    """Compare every metric that is expected; further ones are welcome."""
    known = {name: found["metrics"].get(name) for name in expected["metrics"]}
    rows = list_differences(dict(expected["metrics"]), known)
    if not rows:
        return _decide(prefix, METRICS, dict(expected["metrics"]), known)
    return _decide(prefix, METRICS, rows[0].expected, rows[0].found, rows[0].path)


def _index_samples(samples: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{tensor}[{', '.join(str(i) for i in sample['index'])}]": str(sample["value"])
        for tensor in sorted(samples)
        for sample in samples[tensor]
    }


def check_samples(prefix: str, expected: Outcome, found: Outcome) -> Result:
    """Compare stored values of tensors; a difference is told in ulps of the run's precision."""
    a, b = _index_samples(expected["samples"]), _index_samples(found.get("samples", {}))
    differing = [place for place, value in a.items() if b.get(place) != value]
    if not differing:
        return make_result(prefix, SAMPLES, "pass" if a else "info", len(a), len(a))
    place = differing[0]
    if place not in b:
        return make_result(prefix, SAMPLES, "fail", a[place], None, where=f"{place}, which the record lacks")
    ulps = count_ulps(float.fromhex(a[place]), float.fromhex(b[place]), expected["precision"])
    distance = "too far apart to count" if ulps is None else f"{ulps} ulp apart"
    where = f"{place}, {distance}; {len(differing)} of {len(a)} samples differ"
    return make_result(prefix, SAMPLES, "fail", a[place], b[place], where=where)


def check_losses(prefix: str, expected: Outcome, found: Outcome, tolerance: float) -> Result:
    """Compare losses within a relative tolerance: each epoch's, then every metric with "loss" in its name."""
    where, *counts = _find_epoch(expected, found)
    if where is not None:
        return make_result(prefix, LOSSES, "fail", *counts, where=where)
    rows = [
        (f"epoch {a['epoch']}, train_loss", a["train_loss"], b["train_loss"])
        for a, b in zip(expected["epochs"], found["epochs"], strict=True)
    ]
    rows += [(name, value, found["metrics"].get(name)) for name, value in expected["metrics"].items() if "loss" in name]
    for place, a, b in rows:
        if b is None or not abs(a - b) <= tolerance * max(abs(a), abs(b)):
            return make_result(prefix, LOSSES, "fail", a, b, where=f"{place}, beyond a relative {tolerance:g}")
    title = f"losses agree within a relative {tolerance:g}; on another class of machine bits are not compared"
    return make_result(prefix, LOSSES, "pass", rows[-1][1], rows[-1][2], title=title)
