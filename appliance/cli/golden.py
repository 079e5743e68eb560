"""The commands of `golden`: record, list, check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options import (
    CommitOption,
    DataDirOption,
    GoldenArgument,
    GoldensOption,
    JsonOption,
    NativeOption,
    ReplaceOption,
)
from appliance.cli.printing import show, wants_color

if TYPE_CHECKING:
    from appliance.verification import goldens as program
    from appliance.verification import recording
    from verify import results
else:
    program, results = Later("appliance.verification.goldens"), Later("verify.results")
    recording = Later("appliance.verification.recording")


@command(launch=True)
def record(
    name: GoldenArgument,
    *,
    replace: ReplaceOption = False,
    native: NativeOption = False,
    trace: CommitOption = False,
    data_dir: DataDirOption = None,
    goldens: GoldensOption = None,
    as_json: JsonOption = False,
) -> int:
    """Train a configuration and make the result its golden; refused when CI is set."""
    how = recording.Recording(replace=replace, native=native, trace=trace, data_dir=data_dir, golden_dir=goldens)
    found = recording.record_golden(name, how)
    show(found.to_json(), found.to_text, as_json=as_json)
    return 0


@command(launch=False)
def list_goldens(goldens: GoldensOption = None, as_json: JsonOption = False) -> int:
    """List the goldens."""
    found = program.read_goldens(goldens)
    show(found.to_json(), found.to_text, as_json=as_json)
    return 0


@command(launch=False)
def check(goldens: GoldensOption = None, as_json: JsonOption = False) -> int:
    """Look for missing, unused, damaged and outdated goldens, without training."""
    found = program.check_all_goldens(goldens)
    show(found.to_json(), lambda: found.to_text(color=wants_color()), as_json=as_json)
    return results.EXIT_CODES[found.verdict]
