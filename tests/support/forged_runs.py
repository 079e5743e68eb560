"""A run that was forged with care: sound in itself, and of other weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.digests import digest_arrays
from verify.files.record import digest_history, digest_run

if TYPE_CHECKING:
    from appliance.training.record import Record


def forge_weights(record: Record) -> Record:
    """Return a record that is sound in itself, of other final weights: one last bit is another."""
    weights = {name: array.copy() for name, array in record.parameters.items()}
    weights["dense_1.weight"].view("u4")[3, 3] ^= 1
    digest = digest_arrays(weights)
    epochs = (*record.epochs[:-1], attrs.evolve(record.epochs[-1], weights=digest))
    digests = {**record.digests, "final_weights": digest, "history": digest_history(epochs)}
    written = record.to_file()
    digests["run"] = digest_run(written.bits, written.config_digest, digests)
    return attrs.evolve(record, parameters=weights, epochs=epochs, digests=digests)
