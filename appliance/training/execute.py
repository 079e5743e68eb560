"""One run, from a configuration to a record."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.data import load_dataset
from appliance.training.loop import Training
from appliance.training.record import Record, digest_history, digest_predictions, digest_run, pick_samples
from verify.digests import digest_arrays
from verify.host.fingerprint import capture
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import Config
    from appliance.numerics.operations import Operations
    from appliance.training.loop import Progress


def run_training(
    config: Config,
    *,
    profile: str = "portable",
    threads: int = 1,
    micro_batches: int = 1,
    data_dir: Path | None = None,
    progress: Progress | None = None,
    operations: Operations | None = None,
) -> Record:
    """Train a configuration and return its record.

    Args:
        config: what to train.
        profile: "portable" for portable arithmetic, "native" or "pinned" for plain NumPy. Pinning itself
            happens before the interpreter starts; see `appliance.launch`.
        threads: BLAS threads; the effect is read back.
        micro_batches: in how many parts every batch is taken, to use less memory; see `Trainer`.
        data_dir: where data files are; None for the usual places.
        progress: called with (epoch, samples of the step, samples of an epoch) after every step.
        operations: what plans list their operations from; None for NumPy's. A self-test passes broken ones.

    Raises:
        DataError: the data is missing or damaged.
        NonFiniteError: training diverged.
        CouldNotJudgeError: the thread count could not be set.

    >>> from appliance import load_config, train
    >>> record = train(load_config("smoke"))
    >>> record.digests["run"][:15]
    'sha256:b602e79c'
    """
    with limit_threads(threads):
        dataset = load_dataset(config.data, config.seed, data_dir)
        training = Training(
            config, dataset, portable=profile == "portable", micro_batches=micro_batches, operations=operations
        )
        digests = {"dataset": dataset.digest(), "initial_weights": digest_arrays(training.parameters)}
        begun = time.perf_counter()
        training.run(progress)
        seconds = time.perf_counter() - begun
        fingerprint = capture(threads)
    rows, evaluation = tuple(training.history), training.evaluate()
    last = rows[-1]
    digests["final_weights"] = last.weights
    digests["history"] = digest_history(rows)
    digests["predictions"] = digest_predictions(evaluation.logits, evaluation.classes)
    digests["run"] = digest_run(config, digests)
    return Record(
        config=config,
        profile=profile,
        digests=digests,
        metrics={"train_loss": last.train_loss, "test_loss": last.test_loss, "test_accuracy": last.test_accuracy},
        epochs=rows,
        samples=pick_samples(training.parameters),
        timing={"seconds": seconds, "examples_per_second": len(rows) * len(dataset.train_labels) / seconds},
        parameters=training.parameters,
        fingerprint=fingerprint,
    )
