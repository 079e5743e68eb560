"""Finds where the parts of one run directory contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from verify.digests import digest_arrays, digest_json
from verify.errors import NonFiniteError
from verify.files.fingerprint import digest_class
from verify.files.machine import MACHINE_NAME
from verify.files.record import STAGES, digest_history, digest_run
from verify.files.settings import CONFIG_NAME, digest_settings
from verify.files.structure import to_json
from verify.files.weights import DIGEST, PREDICTIONS, WEIGHTS
from verify.judging.chains import compare_trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from verify.files.run import RunFiles
    from verify.files.weights import Tensors

CHECKSUM = "checksum of"
_RANK = 2


class Contradiction(NamedTuple):
    """Two parts of a run that do not agree: what is compared, what the record says, what follows from the files."""

    subject: str
    expected: object
    found: object


def list_contradictions(run: RunFiles) -> list[Contradiction]:
    """Return everything in which the parts of a run do not agree, in the order of a run; empty for a sound one."""
    return [row for row in _compare_parts(run) if row.expected != row.found]


def _compare_parts(run: RunFiles) -> Iterator[Contradiction]:
    record, digests = run.record, run.record.digests
    for name in sorted({*run.checksums, *run.found_checksums}):
        yield Contradiction(f"{CHECKSUM} {name}", run.checksums.get(name), run.found_checksums.get(name))
    for name, value in (("timing", record.timing), ("run_dir", record.run_dir), ("certificate", record.certificate)):
        yield Contradiction(f"{name}, which only {MACHINE_NAME} holds", None, value or None)
    yield Contradiction("golden, which only train --json prints", None, record.golden)
    yield Contradiction("digest of the settings", record.config_digest, digest_json(record.settings))
    yield Contradiction(CONFIG_NAME, record.config_digest, digest_settings(run.config, record.settings))
    for key, setting in (("config", "name"), ("seed", "seed"), ("precision", "precision")):
        yield Contradiction(f"{key} and the settings", getattr(record, key), record.settings.get(setting))
    numbers = list(range(1, len(record.epochs) + 1))
    yield Contradiction("numbers of the epochs", numbers, [row.epoch for row in record.epochs])
    yield Contradiction("history.jsonl and the epochs of the record", record.epochs, run.history)
    yield Contradiction("digest of the history", digests.history, digest_history(run.history))
    yield Contradiction("final weights and the last epoch", digests.final_weights, run.history[-1].weights)
    yield from _compare_tensors(WEIGHTS, run.weights, digests.final_weights)
    yield from _compare_samples(run)
    yield from _compare_tensors(PREDICTIONS, run.predictions, digests.predictions)
    yield from _compare_predictions(run)
    yield from _compare_metrics(run)
    parts = {stage: str(getattr(digests, stage)) for stage in STAGES}
    yield Contradiction("digest of the run", digests.run, digest_run(record.bits, record.config_digest, parts))
    for subject, stated, found in compare_trace(run):
        yield Contradiction(subject, stated, found)
    machine = run.fingerprint
    expected = digest_class(machine.compared, machine.probes)
    yield Contradiction("class of the fingerprint", machine.class_digest, expected)


def _compare_tensors(name: str, tensors: Tensors, expected: str) -> Iterator[Contradiction]:
    """Compare the digest of tensors with that of the record, then with that of their own file."""
    try:
        found = digest_arrays(tensors.arrays)
    except NonFiniteError as error:
        found = f"none: {error.where} is not finite"
    yield Contradiction(f"digest of {name}", expected, found)
    yield Contradiction(f"digest that {name} states", tensors.metadata.get(DIGEST), found)


def _compare_predictions(run: RunFiles) -> Iterator[Contradiction]:
    """Compare the predictions with each other, as the loss of the settings wants them."""
    training = run.record.settings.get("training")
    loss = training.get("loss") if isinstance(training, dict) else None
    if loss == "mean-squared-error":
        outputs = run.predictions.arrays.get("outputs")
        if outputs is None or outputs.ndim != _RANK or len(run.predictions.arrays) != 1:
            yield Contradiction("the predictions", "outputs (n, t)", _describe_shapes(run.predictions))
    elif loss == "binary-cross-entropy":
        yield from _compare_answers(run)
    else:
        yield from _compare_classes(run)


def _compare_answers(run: RunFiles) -> Iterator[Contradiction]:
    """Compare answers with the logits: yes is 1, where a logit is above 0."""
    logits, classes = (run.predictions.arrays.get(name) for name in ("logits", "classes"))
    if logits is None or classes is None or logits.ndim != _RANK or classes.size != logits.size:
        yield Contradiction("the predictions", "logits (n, t) and as many classes", _describe_shapes(run.predictions))
        return
    expected = (logits > 0).reshape(classes.shape)  # type: ignore[operator]
    wrong = np.flatnonzero(expected != classes)
    if len(wrong):
        place = int(wrong[0])
        pair = int(expected.reshape(-1)[place]), int(classes.reshape(-1)[place])
        yield Contradiction(f"answer {place} of the test samples and its logit", *pair)


def _compare_classes(run: RunFiles) -> Iterator[Contradiction]:
    """Compare the predicted classes with the logits: the class is that of the largest logit."""
    logits, classes = (run.predictions.arrays.get(name) for name in ("logits", "classes"))
    if (
        logits is None
        or classes is None
        or logits.ndim != _RANK
        or classes.shape != logits.shape[:1]
        or not logits.size
    ):
        yield Contradiction("the predictions", "logits (n, c) and classes (n,)", _describe_shapes(run.predictions))
        return
    wrong = np.flatnonzero(np.argmax(logits, axis=1) != classes)
    if len(wrong):
        place = int(wrong[0])
        expected, found = int(np.argmax(logits[place])), int(classes[place])
        yield Contradiction(f"the class of test sample {place} and its logits", expected, found)


def _describe_shapes(tensors: Tensors) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in tensors.arrays.items()) or "nothing"


def _compare_metrics(run: RunFiles) -> Iterator[Contradiction]:
    """Compare the metrics with the last epoch, which alone can say what they are; an accuracy is a fraction of n."""
    last = to_json(run.history[-1])
    known = last if isinstance(last, dict) else {}
    for name, value in run.record.metrics.items():
        yield Contradiction(f"metric {name} and the last epoch", value, known.get(name, "nothing"))
    classes = run.predictions.arrays.get("classes")
    count = 0 if classes is None else int(classes.size)
    for row in run.history:
        if row.test_accuracy is None and classes is None:
            continue
        if row.test_accuracy is None:
            yield Contradiction(f"test_accuracy of epoch {row.epoch}, {count} samples", "nothing", "a fraction of them")
            continue
        hits = round(row.test_accuracy * count) if 0 <= row.test_accuracy <= 1 else 0
        possible = hits / count if count else "no fraction of the test samples"
        yield Contradiction(f"test_accuracy of epoch {row.epoch}, {count} samples", row.test_accuracy, possible)


def _compare_samples(run: RunFiles) -> Iterator[Contradiction]:
    """Compare the sample values of the record with the weights."""
    yield Contradiction("names of the sampled tensors", sorted(run.record.samples), sorted(run.weights.arrays))
    for tensor, samples in sorted(run.record.samples.items()):
        array = run.weights.arrays.get(tensor)
        if array is None:
            continue
        for sample in samples:
            place = f"sample {tensor}[{', '.join(map(str, sample.index))}]"
            yield Contradiction(place, sample.value, _find_value(array, sample.index))


def _find_value(array: NDArray[np.generic], index: tuple[int, ...]) -> str:
    if len(index) != array.ndim or any(place >= size for place, size in zip(index, array.shape, strict=True)):
        return f"no such place in the shape {array.shape}"
    return float(array[index]).hex()
