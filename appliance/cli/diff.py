"""The command `diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.files_beside import add_markdown
from appliance.cli.later import Later
from appliance.cli.options.differences import FirstSideArgument, NoReplayOption, OtherSidesArgument
from appliance.cli.options.several_groups import DataDirOption, JsonOption, MarkdownOption
from appliance.cli.printing import print_note, show

if TYPE_CHECKING:
    from appliance.replay import answer
    from verify import results
    from verify.judging import comparison, sides
    from verify.rendering import comparison as rendering
else:
    answer = Later("appliance.replay.answer")
    results = Later("verify.results")
    comparison, sides = Later("verify.judging.comparison"), Later("verify.judging.sides")
    rendering = Later("verify.rendering.comparison")


@command(launch=False)
def diff(
    a: FirstSideArgument,
    b: OtherSidesArgument,
    *,
    no_replay: NoReplayOption = False,
    data_dir: DataDirOption = None,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> int:
    """Compare runs, goldens, traces or files of arrays; say where they differ first."""
    first, second, *more = (sides.read_side(word) for word in (a, *b))
    found: comparison.Comparison | comparison.Classes
    if more:
        found = comparison.compare_many([first, second, *more])
    else:
        files = comparison.compare_sides(first, second)
        found = files if no_replay else answer.complete_comparison(files, first, second, print_note, data_dir)
    show(rendering.describe(found), lambda: rendering.render_text(found), as_json=as_json)
    add_markdown(markdown, lambda: rendering.render_markdown(found))
    return results.EXIT_CODES[found.verdict]
