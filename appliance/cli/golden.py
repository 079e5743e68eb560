"""The commands of `golden`: record, list, check."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.materials import CommitOption, GoldenArgument, NativeOption, ReplaceOption, TestsArgument
from appliance.cli.options.several_groups import DataDirOption, GoldensOption, JsonOption
from appliance.cli.printing import show, wants_color

if TYPE_CHECKING:
    from appliance.vary import requests
    from appliance.verification import array_goldens as arrays
    from appliance.verification import goldens as program
    from appliance.verification import recording
    from verify import results
else:
    program, results = Later("appliance.verification.goldens"), Later("verify.results")
    recording, requests = Later("appliance.verification.recording"), Later("appliance.vary.requests")
    arrays = Later("appliance.verification.array_goldens")


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
    """Train a configuration and make the result its golden, or run tests to record theirs; refused when CI is set.

    A configuration with a section [experiment] is a program: its code is run.
    """
    if arrays.is_tests(name):
        recorded = arrays.record_array_goldens(name, requests.clean_environment(os.environ))
        show(recorded.to_json(), recorded.to_text, as_json=as_json)
        return recorded.exit_code
    how = recording.Recording(replace=replace, native=native, trace=trace, data_dir=data_dir, golden_dir=goldens)
    found = recording.record_golden(name, how)
    show(found.to_json(), found.to_text, as_json=as_json)
    return 0


@command(launch=False)
def list_goldens(tests: TestsArgument = None, goldens: GoldensOption = None, as_json: JsonOption = False) -> int:
    """List the goldens."""
    found = arrays.list_array_goldens(tests) if tests else program.read_goldens(goldens)
    show(found.to_json(), found.to_text, as_json=as_json)
    return 0


@command(launch=False)
def check(tests: TestsArgument = None, goldens: GoldensOption = None, as_json: JsonOption = False) -> int:
    """Look for missing, unused, damaged and outdated goldens, without training and without running tests."""
    found = arrays.check_array_goldens(tests) if tests else program.check_all_goldens(goldens)
    show(found.to_json(), lambda: found.to_text(color=wants_color()), as_json=as_json)
    return results.EXIT_CODES[found.verdict]
