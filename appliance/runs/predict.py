"""Predictions of a run directory for new samples: from a name or path to an answer."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.inputs import read_preparation
from appliance.data.named_samples import find_samples
from appliance.runs.read_back import read_run
from appliance.training.execute import certify_shapes
from verify.digests import digest_arrays
from verify.errors import UsageError
from verify.files.writing import require_directory, write_whole
from verify.host.threads import limit_threads
from verify.rendering.tables import Table, render_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.runs.read_back import StoredRun
    from appliance.training.prediction import Predictions
    from verify.digests import JsonObject
    from verify.files.inputs import Inputs

SCHEMA = "repro-appliance/predict/1"
_FORMS = (".npy", ".npz", ".csv")
_SHOWN = 10  # samples in the text
_WIDTH = 4  # outputs in a line of the text
_OUT = "the file of predictions"


@attrs.frozen(kw_only=True, eq=False)
class Answer:
    """Predictions of a run for new samples.

    Attributes:
        run: the run.
        inputs: what a sample of it is.
        title: what the samples are.
        samples: their digest, as the network reads them.
        found: the predictions.
    """

    run: StoredRun
    inputs: Inputs
    title: str
    samples: str
    found: Predictions

    @property
    def digest(self) -> str:
        """The digest of outputs and classes, with the names that they have in a run directory."""
        return digest_arrays(self.found.arrays)

    @property
    def equals_test(self) -> bool:
        """Whether these are the run's own predictions for its test samples."""
        return self.digest == self.run.record.digests.predictions

    def name_class(self, number: int) -> str:
        """Return the name of a class, or its number where it has none."""
        names = self.inputs.class_names
        return names[number] if number < len(names) else str(number)

    def to_json(self) -> JsonObject:
        """Return the answer as a JSON object."""
        record, inputs = self.run.record, self.inputs
        body: JsonObject = {
            "schema": SCHEMA,
            "config": record.config,
            "profile": record.profile,
            "precision": record.precision,
            "run": record.digests.run,
            "samples": {"name": self.title, "count": len(self.found.outputs), "shape": list(inputs.shape)},
            "digests": {"samples": self.samples, "predictions": self.digest},
            "equals_test_predictions": self.equals_test,
        }
        values = self.found.values.tolist()
        if not inputs.classes:
            return {**body, "targets": values}
        names: JsonObject = {"class_names": list(inputs.class_names)} if inputs.class_names else {}
        return {**body, **names, "classes": values}

    def format_text(self) -> str:
        """Return the first predictions and the digests."""
        count, record = len(self.found.outputs), self.run.record
        return "\n".join(
            [
                f"{record.config}, profile {record.profile}: {count} samples of {self.title}",
                "",
                render_text(self._list_first(), indent=2),
                *([f"  and {count - _SHOWN} more; all of them: -o FILE.csv, or --json"] if count > _SHOWN else []),
                "",
                f"  samples      {self.samples}",
                f"  predictions  {self.digest}",
                *(["  They equal the run's own predictions of its test samples."] if self.equals_test else []),
            ]
        )

    def _list_first(self) -> Table:
        outputs = self.found.outputs if self.inputs.classes else self.found.values
        shown = range(min(_WIDTH, outputs.shape[1]))
        more = ["..."] if outputs.shape[1] > _WIDTH else []
        heads = [f"output {column}" if self.inputs.classes else f"target {column}" for column in shown] + more
        rows = []
        for sample in range(min(_SHOWN, len(outputs))):
            named = [self.name_class(int(np.ravel(self.found.values[sample])[0]))] if self.inputs.classes else []
            rows.append([sample, *named, *(f"{outputs[sample, column]:.6g}" for column in shown), *more])
        return Table(columns=["sample", *(["class"] if self.inputs.classes else []), *heads], rows=rows)


def predict_new(directory: Path, reference: str, *, data_dir: Path | None = None, out: Path | None = None) -> Answer:
    """Return the predictions of a run for new samples, and write them to a file if one is named.

    Args:
        directory: the run directory.
        reference: a file, a folder of images, or the name of a data set; see `find_samples`.
        data_dir: where data sets are; None for the usual places.
        out: a file to write: .npy has classes or targets, .npz outputs and classes, .csv both as text.

    Raises:
        UsageError: the file cannot be written, or the run does not say what a sample is.
        DataError: the samples cannot be read, or do not fit the run.
        CouldNotJudgeError: the run contradicts itself, or this host does not compute as portable results need it.
    """
    if out is not None:
        _require_form(out)
    run = read_run(directory)
    with run.open_predictor() as predictor, limit_threads(1):
        samples = find_samples(
            reference, read_preparation(predictor.inputs), run.config.data, run.config.seed, data_dir
        )
        if run.record.profile == "portable":
            certify_shapes(predictor.list_shapes(len(samples.rows))).require_portable()
        answer = Answer(
            run=run,
            inputs=predictor.inputs,
            title=samples.title,
            samples=digest_arrays({"samples": samples.rows}),
            found=predictor.predict(samples.rows),
        )
    if out is not None:
        write_whole(out, _format_file(answer, out.suffix), what=_OUT)
    return answer


def _require_form(out: Path) -> None:
    if out.suffix not in _FORMS:
        raise UsageError(
            f"{_OUT} has an unknown form",
            expected=f"a name that ends in {' or '.join(_FORMS)}",
            found=out.name,
            where="--out",
        )
    require_directory(out, what=_OUT)


def _format_file(answer: Answer, form: str) -> str | bytes:
    """Return the contents of a file; they are the same for equal predictions."""
    if form == ".csv":
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(_list_lines(answer))
        return stream.getvalue()
    binary = io.BytesIO()
    if form == ".npy":
        np.save(binary, answer.found.values)
    else:
        np.savez(binary, **dict(answer.found.arrays))  # type: ignore[arg-type]
    return binary.getvalue()


def _list_lines(answer: Answer) -> Iterator[list[Any]]:
    """Yield the lines of a table; numbers are the shortest decimals that stand for them exactly."""
    found = answer.found
    if not answer.inputs.classes:
        yield ["sample", *(f"target_{column}" for column in range(found.values.shape[1]))]
        yield from ([sample, *map(str, row)] for sample, row in enumerate(found.values))
        return
    names = answer.inputs.class_names
    width = found.outputs.shape[1]
    yield ["sample", "class", *(["name"] if names else []), *(f"output_{column}" for column in range(width))]
    for sample, row in enumerate(found.outputs):
        number = int(np.ravel(found.values[sample])[0])
        yield [sample, number, *([answer.name_class(number)] if names else []), *map(str, row)]
