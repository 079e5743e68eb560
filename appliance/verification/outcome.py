"""What a new run says in words: whether it equals its golden, whether it learned, its losses and digests."""

from __future__ import annotations

import contextlib
import shlex
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.numerics.logarithms import log
from appliance.verification.subjects import find_subject
from verify.errors import CouldNotJudgeError
from verify.files.goldens import read_golden
from verify.files.record import STAGES, GoldenComparison
from verify.files.run import name_directory
from verify.judging.code import check_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.digests import JsonObject
    from verify.files.golden import Golden
    from verify.files.record import EpochRow, RunRecord

# An accuracy up to this many times that of guessing is not taken for learning.
_LUCK = 1.2
# A mean loss this much above that of guessing is not an effect of the first steps.
_ABOVE = 1.05


def describe_run(record: RunRecord, config: str, overrides: Sequence[str] = ()) -> str:
    """Return a run as text: first whether it equals its golden, then losses and digests, then what to do next.

    Args:
        record: the record of the run.
        config: the name or path of its configuration, as it was given.
        overrides: settings that were replaced.
    """
    head = f"{record.config}  seed {record.seed}  {record.profile} {record.precision}  bits {record.bits}"
    rows = [
        f"  epoch {row.epoch:>3}  train loss {row.train_loss:.6f}  test loss {row.test_loss:.6f}{_describe_score(row)}"
        for row in record.epochs
    ]
    digests = [f"  {stage:<16} {getattr(record.digests, stage)}" for stage in STAGES if stage != "run"]
    timing = record.timing
    rate = f"  {timing['seconds']:.2f} s, {timing['examples_per_second']:,.0f} examples/s"
    tail = [f"  run {record.digests.run}", rate, f"written to {record.run_dir}"]
    compared = record.golden or compare_with_golden(record, config, overrides)
    return "\n".join([compared.sentence, head, *rows, *digests, *tail, _name_next(record, config)])


def _name_next(record: RunRecord, config: str) -> str:
    """Return the command that judges this run: by its golden, or by another training where there is none."""
    place, subject = name_directory(PurePath(record.run_dir or ".")), find_subject(config)
    words = ["repro-appliance", "verify", place]
    with contextlib.suppress(CouldNotJudgeError):
        if read_golden(subject.golden).config_digest == record.config_digest:
            goldens = ["--goldens", str(subject.golden.parent)] if subject.own else []
            return f"next: {shlex.join([*words, *goldens])}"
    return f"next: {shlex.join([*words, '--retrain'])}"


def add_comparison(record: RunRecord, config: str, overrides: Sequence[str] = ()) -> RunRecord:
    """Return the record with the comparison with its golden, as `train --json` prints it."""
    return attrs.evolve(record, golden=compare_with_golden(record, config, overrides))


def compare_with_golden(record: RunRecord, config: str, overrides: Sequence[str] = ()) -> GoldenComparison:
    """Return whether a run equals its golden, or why there is nothing to compare it with."""
    subject = find_subject(config)
    doubt = partial(GoldenComparison, verdict="could-not-judge")
    if not subject.golden.exists():
        return doubt(sentence=f"no golden to compare with; to record one: {subject.command}")
    try:
        golden = read_golden(subject.golden)
    except CouldNotJudgeError as error:
        return doubt(sentence=f"not compared with its golden: {error.title}")
    if record.profile != "portable":
        return doubt(sentence=f"not compared with its golden, which is portable: this run is {record.profile}")
    code = check_code(golden.settings, record.settings)
    if code is not None and code.status != "pass":
        return doubt(sentence=f"not compared with its golden: the code of the experiment has changed: {code.where}")
    if record.config_digest != golden.config_digest:
        changed = "--set" if overrides else "--seed" if record.seed != subject.config.seed else "the settings"
        return doubt(sentence=f"not compared with its golden: {changed} made it another run")
    return _compare(record, golden, config)


def _compare(record: RunRecord, golden: Golden, config: str) -> GoldenComparison:
    expected = golden.digests.run
    if record.digests == golden.digests:
        return GoldenComparison(verdict="identical", sentence="equal to its golden, bit for bit", expected=expected)
    command = shlex.join(["repro-appliance", "verify", config])
    sentence = f"DIFFERENT from its golden; what differs first: {command}"
    return GoldenComparison(verdict="different", sentence=sentence, expected=expected)


def list_notes(record: RunRecord) -> list[str]:
    """Return a note if a run did not learn: its loss is above that of guessing, or its accuracy is that of guessing."""
    classes, last = _count_classes(record.settings), record.epochs[-1]
    if classes is None or last.test_accuracy is None:
        return []
    chance, guessing = 1 / classes, float(log(np.array([float(classes)]))[0])
    found = []
    if last.train_loss > max(_ABOVE * guessing, record.epochs[0].train_loss if len(record.epochs) > 1 else 0.0):
        found.append(f"loss {last.train_loss:.3g} (guessing: {guessing:.3g})")
    if last.test_accuracy <= _LUCK * chance:
        found.append(f"accuracy {last.test_accuracy:.3g} (guessing: {chance:.3g})")
    return [f"note: this run did not learn: {', '.join(found)}; try a smaller learning_rate"] if found else []


def _describe_score(row: EpochRow) -> str:
    if row.test_accuracy is not None:
        return f"  accuracy {row.test_accuracy:.4f}"
    return f"  absolute error {row.test_mean_absolute_error:.4f}"


def _count_classes(settings: JsonObject) -> int | None:
    """Return the number of outputs of the last dense layer; None where there is none, or where they are no classes."""
    training = settings.get("training")
    if isinstance(training, dict) and training.get("loss") is not None:
        return None
    model = settings.get("model")
    layers = model.get("layers") if isinstance(model, dict) else None
    for layer in reversed(layers if isinstance(layers, list | tuple) else []):
        units = layer.get("units") if isinstance(layer, dict) else layer
        if isinstance(units, int) and units > 1:
            return units
    return None
