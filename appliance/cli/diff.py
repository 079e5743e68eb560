"""The command `diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options import FirstRunArgument, JsonOption, SecondRunArgument
from appliance.cli.printing import show

if TYPE_CHECKING:
    from verify import results
    from verify.files import run as files
    from verify.judging import divergence
    from verify.rendering import divergence as rendering
else:
    results, files = Later("verify.results"), Later("verify.files.run")
    divergence, rendering = Later("verify.judging.divergence"), Later("verify.rendering.divergence")


@command(launch=False)
def diff(a: FirstRunArgument, b: SecondRunArgument, *, as_json: JsonOption = False) -> int:
    """Compare two run directories; say where they differ first."""
    found = divergence.compare_runs(files.load_run(a), files.load_run(b))
    show(rendering.describe_divergence(found), lambda: rendering.render_divergence(found), as_json=as_json)
    return results.EXIT_CODES[found.verdict]
