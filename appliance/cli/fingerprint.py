"""The command `fingerprint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.judging import DiffOption
from appliance.cli.options.several_groups import JsonOption
from appliance.cli.printing import show, wants_color

if TYPE_CHECKING:
    from verify import results
    from verify.files import fingerprint as files
    from verify.host import fingerprint as program
    from verify.host import fixed_worlds as worlds
    from verify.rendering import fingerprints
else:
    results, program = Later("verify.results"), Later("verify.host.fingerprint")
    worlds = Later("verify.host.fixed_worlds")
    fingerprints, files = Later("verify.rendering.fingerprints"), Later("verify.files.fingerprint")


@command(launch=True)
def fingerprint(diff: DiffOption = None, as_json: JsonOption = False) -> int:
    """Describe this environment, or compare two descriptions."""
    if diff is None:
        found = program.capture()
        show(files.FINGERPRINT.to_json(found), lambda: fingerprints.render_fingerprint(found), as_json=as_json)
        return 0
    rows = worlds.compare_files(*diff)
    body = fingerprints.describe_comparison(rows)
    show(body, lambda: fingerprints.render_comparison(rows, color=wants_color()), as_json=as_json)
    return results.EXIT_CODES[results.judge(rows)]
