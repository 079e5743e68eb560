"""The command `predict`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.results import PredictionsOption, SamplesArgument
from appliance.cli.options.several_groups import DataDirOption, JsonOption, RunArgument
from appliance.cli.printing import print_note, show

if TYPE_CHECKING:
    from appliance.runs import predict as program
else:
    program = Later("appliance.runs.predict")


@command(launch=True)
def predict(
    run: RunArgument,
    samples: SamplesArgument,
    out: PredictionsOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> int:
    """Predict classes or targets of new samples with the network of a run directory."""
    found = program.predict_new(run, samples, data_dir=data_dir, out=out)
    show(found.to_json(), found.format_text, as_json=as_json)
    if out is not None:
        print_note(f"written: {out}")
    return 0
