"""The predictions of a run beside the labels or targets of its data, where the data is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.data import load_dataset
from appliance.reports.confusion import show_confusions
from appliance.reports.page import Text
from appliance.reports.pictures import draw_targets
from verify.errors import ApplianceError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config import Config
    from appliance.reports.page import Block
    from verify.files.run import RunFiles

_MOST_TARGETS = 4
_DATA = "the labels of the test samples, which a run directory does not hold"


def show_predictions(run: RunFiles, config: Config | None, data_dir: Path | None) -> tuple[Block, ...]:
    """Return how predictions and labels go together, or why that cannot be shown."""
    if config is None or config.experiment is not None:
        reason = "the data of an experiment come from its code, which a report does not run"
        return (Text(text=f"Not shown: it needs {_DATA}; {reason if config else 'the settings are not readable'}."),)
    try:
        dataset = load_dataset(config.data, config.seed, data_dir)
        if dataset.digest() != run.record.digests.dataset:
            return (Text(text=f"Not shown: it needs {_DATA}; the data here has another digest than that of the run."),)
    except ApplianceError as error:
        return (Text(text=f"Not shown: it needs {_DATA}; the data is not here: {error.title}."),)
    labels = dataset.test_labels
    names = run.record.inputs.class_names if run.record.inputs else ()
    if dataset.classes:
        return _show_classes(run.predictions.arrays.get("classes"), labels, dataset.classes, names)
    return _show_targets(run.predictions.arrays.get("outputs"), labels)


def _show_classes(
    found: NDArray[Any] | None, labels: NDArray[Any], classes: int, names: tuple[str, ...]
) -> tuple[Block, ...]:
    if found is None or found.shape != labels.shape or not len(found) or int(found.max()) >= classes:
        return (Text(text="Not shown: the predictions do not have the shape of the labels."),)
    known = names if len(names) == classes else tuple(map(str, range(classes)))
    return (show_confusions(labels, found, known),)


def _show_targets(found: NDArray[Any] | None, targets: NDArray[Any]) -> tuple[Block, ...]:
    if found is None or found.shape != targets.shape:
        return (Text(text="Not shown: the predictions do not have the shape of the targets."),)
    columns = range(min(_MOST_TARGETS, targets.shape[1]))
    figures = [draw_targets(targets[:, column], np.asarray(found)[:, column], f"{column}") for column in columns]
    more = targets.shape[1] - _MOST_TARGETS
    note = (Text(text=f"{more} more targets are not drawn."),) if more > 0 else ()
    return (*(figure for figure in figures if figure is not None), *note)
