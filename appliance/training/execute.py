"""One run, from a configuration to a record."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from appliance.config import load_config
from appliance.config.limits import to_whole
from appliance.data import load_dataset
from appliance.data.inputs import describe_inputs
from appliance.experiments.running import open_subject
from appliance.launch.started import require_alone
from appliance.launch.variables import PROFILES
from appliance.numerics.exchange import ALONE
from appliance.training.agreement import describe_workers, list_facts, require_shareable
from appliance.training.loop import Training
from appliance.training.memory import require_memory
from appliance.training.prediction import Predictor
from appliance.training.record import Record, digest_history, digest_run, pick_samples
from verify.conformance.certificate import certify as certify_host
from verify.conformance.freivalds import ExactChecker
from verify.conformance.operations import NUMPY
from verify.digests import digest_arrays
from verify.errors import UsageError
from verify.host.fingerprint import capture
from verify.host.threads import limit_threads

# Which exact products and sums are checked: those of the first run of every plan, or all.
Checking = Literal["first", "all"]

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.operations import Operations
    from appliance.training.checkpointing import Checkpoints
    from appliance.training.loop import Progress
    from appliance.training.tracing import TrainingTrace
    from appliance.training.watching import Watcher
    from verify.conformance.certificate import Certificate
    from verify.conformance.operations import Operations as ProbedOperations
    from verify.conformance.shapes import ProductShape
    from verify.files.fingerprint import Fingerprint

    Certify = Callable[[Sequence[ProductShape]], Certificate]


def certify_shapes(shapes: Sequence[ProductShape], *, operations: ProbedOperations = NUMPY) -> Certificate:
    """Make the probes of the host that take milliseconds, and those of the shapes of the products to come."""
    return certify_host(quick=True, shapes=shapes, operations=operations)


def certify_wholly(shapes: Sequence[ProductShape]) -> Certificate:
    """Make all probes of the host, and those of the shapes of the products to come."""
    return certify_host(shapes=shapes)


def run_training(  # noqa: PLR0913 - the settings of one run, each by name
    config: Config | str | Path,
    *,
    profile: str = "portable",
    threads: int = 1,
    micro_batches: int = 1,
    data_dir: str | Path | None = None,
    progress: Progress | None = None,
    operations: Operations | None = None,
    check: Checking = "first",
    certify: Certify = certify_shapes,
    trace: TrainingTrace | None = None,
    dataset: Dataset | None = None,
    watcher: Watcher | None = None,
    exchange: Exchange | None = None,
    checkpoints: Checkpoints | None = None,
) -> Record:
    """Train a configuration and return its record.

    Args:
        config: what to train, or its name or path.
        profile: "portable" for portable arithmetic, "native" or "pinned" for plain NumPy. Pinning itself
            happens before the interpreter starts; see `appliance.launch`.
        threads: BLAS threads; the effect is read back.
        micro_batches: in how many parts every batch is taken, to use less memory; see `Trainer`.
        data_dir: where data files are; None for the usual places.
        progress: called with (epoch, samples of the step, samples of an epoch) after every step.
        operations: what plans list their operations from; None for NumPy's. A self-test passes broken ones.
        check: which products and sums of portable arithmetic are checked: "first" for the first run of every plan,
            which includes the first step of every epoch and the first evaluation, or "all".
        certify: looks at the host before portable arithmetic begins, for the shapes of the products to come.
        trace: records the training; no bit depends on it.
        dataset: the data, where a program gives it; None to load what the configuration names.
        watcher: sees steps and epochs, and may end the training after one.
        exchange: with the other workers, each of which makes the same call and gets the whole record. None for
            a single process, which is refused where mpiexec has started several.
        checkpoints: keeps states of the training, and may have one to go on from; None for no checkpoints.

    Raises:
        UsageError: there is no such profile or extent of checks, or a count is below 1.
        ConfigurationError: the training cannot fit into memory.
        ConfigurationError: a configuration of this name is missing or malformed.
        ExperimentError: the configuration names an experiment, and its code failed.
        DataError: the data is missing or damaged.
        NonFiniteError: training diverged.
        CouldNotJudgeError: the thread count could not be set, this host does not compute as portable results need it,
            or a checked product or sum was wrong.

    >>> from appliance import train
    >>> record = train("smoke")
    >>> record.digests["run"][:15]
    'sha256:6743c6f2'
    """
    _check_choices(profile, check)
    threads, micro_batches = _read_count(threads, "threads"), _read_count(micro_batches, "micro_batches")
    exchange = _choose_exchange(exchange, profile)
    config = load_config(config) if isinstance(config, str | Path) else config
    with open_subject(config, dataset) as subject, limit_threads(threads):
        require_memory(subject.config)
        dataset = subject.dataset or load_dataset(subject.config.data, config.seed, data_dir)
        portable = profile == "portable"
        training = Training(
            subject.config,
            dataset,
            portable=portable,
            micro_batches=micro_batches,
            operations=operations,
            checker=ExactChecker(always=check == "all") if portable else None,
            trace=trace,
            watcher=watcher,
            exchange=exchange,
            checkpoints=checkpoints,
        )
        certificate = certify(training.list_shapes()) if portable else None
        if certificate is not None:
            certificate.require_portable()
        digests = {"dataset": dataset.digest(), "initial_weights": digest_arrays(training.parameters)}
        exchange.compare(list_facts(config, profile, micro_batches, digests))
        timing = _run(training, digests, trace, checkpoints, progress)
        timing |= describe_workers(exchange)
        fingerprint = capture(threads)
        dataset.check_unchanged(digests["dataset"])
        return _make_record(config, training, profile, digests, timing, fingerprint, certificate)


def _check_choices(profile: str, check: str) -> None:
    if profile not in PROFILES:
        raise UsageError("no such profile", expected=", ".join(PROFILES), found=profile, where="profile")
    if check not in get_args(Checking):
        raise UsageError("no such extent of checks", expected="first or all", found=check, where="check")


def _read_count(value: object, name: str) -> int:
    """Return an argument that counts something as an integer of Python."""
    count = to_whole(value)
    if type(count) is not int or count < 1:
        raise UsageError("a run cannot have this number", expected="1 or more", found=repr(value), where=name)
    return count


def _choose_exchange(exchange: Exchange | None, profile: str) -> Exchange:
    """Return the exchange with the other workers, or that of a single process where the process is alone."""
    if exchange is None:
        require_alone()
        return ALONE
    if exchange.count > 1:
        require_shareable(profile)
    return exchange


def _run(
    training: Training,
    digests: dict[str, str],
    trace: TrainingTrace | None,
    checkpoints: Checkpoints | None,
    progress: Progress | None,
) -> dict[str, float]:
    """Train from the beginning or from a checkpoint, with a trace if there is one; return the times."""
    if trace is not None:
        trace.begin(training.trainer, digests["dataset"])
    state = None if checkpoints is None else checkpoints.begin(digests)
    if state is not None:
        training.restore(state)  # after everything that may draw from a global generator
    begun = time.perf_counter()
    with nullcontext() if checkpoints is None else checkpoints.watch():
        training.run(progress)
    seconds = max(0.0, time.perf_counter() - begun)  # a clock may stand still
    return {"seconds": seconds} if checkpoints is None else _add_parts(seconds, checkpoints)


def _add_parts(seconds: float, checkpoints: Checkpoints) -> dict[str, float]:
    """Return the time of a training in all its parts, and how many there were, if there were several."""
    parts = {"parts": float(checkpoints.parts)} if checkpoints.parts > 1 else {}
    return {"seconds": seconds + checkpoints.seconds, **parts}


def _make_record(
    config: Config,
    training: Training,
    profile: str,
    digests: dict[str, str],
    timing: dict[str, float],
    fingerprint: Fingerprint,
    certificate: Certificate | None,
) -> Record:
    """Evaluate the trained network; put history, digests, metrics and timing together."""
    rows, evaluation, seconds = tuple(training.history), training.evaluate(), timing["seconds"]
    last, examples = rows[-1], len(rows) * len(training.dataset.train_labels)
    digests = digests | {
        "final_weights": last.weights,
        "history": digest_history(rows),
        "predictions": digest_arrays(evaluation.predictions()),
    }
    return Record(
        config=config,
        profile=profile,
        digests=digests | {"run": digest_run(config, digests)},
        metrics=last.scores(),
        epochs=rows,
        samples=pick_samples(training.parameters),
        timing={**timing, "examples_per_second": examples / seconds if seconds else 0.0},
        parameters=training.parameters,
        predictions=evaluation.predictions(),
        fingerprint=fingerprint,
        certificate=certificate,
        predictor=Predictor(
            config=training.config,
            profile=profile,
            inputs=describe_inputs(training.dataset),
            parameters=training.parameters,
        ),
    )
