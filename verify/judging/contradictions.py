"""Finds where the parts of one run directory contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from verify.digests import digest_arrays, digest_json
from verify.errors import NonFiniteError
from verify.files.fingerprint import digest_class
from verify.files.record import STAGES, digest_history, digest_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from verify.files.run import RunFiles


CHECKSUM = "checksum of"


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
    yield Contradiction("digest of the settings", record.config_digest, digest_json(record.settings))
    for key, setting in (("config", "name"), ("seed", "seed"), ("precision", "precision")):
        yield Contradiction(f"{key} and the settings", getattr(record, key), record.settings.get(setting))
    numbers = list(range(1, len(record.epochs) + 1))
    yield Contradiction("numbers of the epochs", numbers, [row.epoch for row in record.epochs])
    yield Contradiction("history.jsonl and the epochs of the record", record.epochs, run.history)
    yield Contradiction("digest of the history", digests.history, digest_history(run.history))
    yield Contradiction("final weights and the last epoch", digests.final_weights, run.history[-1].weights)
    weights_digest = _digest_weights(run)
    yield Contradiction("digest of the weights", digests.final_weights, weights_digest)
    yield Contradiction("digest in the file of weights", run.stated_weights, weights_digest)
    yield from _compare_samples(run)
    for name, value in record.metrics.items():
        yield Contradiction(f"metric {name} and the last epoch", value, getattr(run.history[-1], name, value))
    parts = {stage: str(getattr(digests, stage)) for stage in STAGES}
    yield Contradiction("digest of the run", digests.run, digest_run(record.bits, record.config_digest, parts))
    machine = run.fingerprint
    expected = digest_class(machine.compared, machine.probes)
    yield Contradiction("class of the fingerprint", machine.class_digest, expected)


def _digest_weights(run: RunFiles) -> str:
    try:
        return digest_arrays(run.weights)
    except NonFiniteError as error:
        return f"none: {error.where} is not finite"


def _compare_samples(run: RunFiles) -> Iterator[Contradiction]:
    """Compare the sample values of the record with the weights."""
    yield Contradiction("names of the sampled tensors", sorted(run.record.samples), sorted(run.weights))
    for tensor, samples in sorted(run.record.samples.items()):
        array = run.weights.get(tensor)
        if array is None:
            continue
        for sample in samples:
            place = f"sample {tensor}[{', '.join(map(str, sample.index))}]"
            yield Contradiction(place, sample.value, _find_value(array, sample.index))


def _find_value(array: NDArray[np.generic], index: tuple[int, ...]) -> str:
    if len(index) != array.ndim or any(place >= size for place, size in zip(index, array.shape, strict=True)):
        return f"no such place in the shape {array.shape}"
    return float(array[index]).hex()
