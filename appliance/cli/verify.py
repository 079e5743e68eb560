"""The command `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.certify import show_self_test
from appliance.cli.command import command
from appliance.cli.files_beside import add_markdown, write_junit
from appliance.cli.later import Later
from appliance.cli.options.judging import AcceptCloseOption, AllOption, NamesArgument, RetrainOption, RunCodeOption
from appliance.cli.options.several_groups import (
    ConfigsOption,
    GoldensOption,
    JunitOption,
    MarkdownOption,
    RunOptions,
    SelfTestOption,
)
from appliance.cli.printing import print_note, show, wants_color
from appliance.cli.progress import show_progress

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.verification import broken_trainings, retraining
    from appliance.verification import verify as program
    from verify.files import writing
    from verify.rendering import junit as xml
    from verify.rendering import markdown as pages
    from verify.rendering import text
else:
    broken_trainings = Later("appliance.verification.broken_trainings")
    retraining = Later("appliance.verification.retraining")
    program = Later("appliance.verification.verify")
    writing = Later("verify.files.writing")
    text, xml = Later("verify.rendering.text"), Later("verify.rendering.junit")
    pages = Later("verify.rendering.markdown")


@command(launch=True)
def verify(
    names: NamesArgument = None,
    *,
    configs: ConfigsOption = None,
    everything: AllOption = False,
    retrain: RetrainOption = False,
    run_code: RunCodeOption = False,
    junit: JunitOption = None,
    markdown: MarkdownOption = None,
    accept_close: AcceptCloseOption = False,
    self_test: SelfTestOption = False,
    goldens: GoldensOption = None,
    run: RunOptions,
) -> int:
    """Retrain and compare with the goldens, bit for bit, on a certified host; or judge run directories and bundles.

    A configuration with a section [experiment] is a program: its code is run. Run directories run no code without
    --retrain. The runs of a bundle (export --format bundle) are trained again; code in it is run with --run-code only.
    """
    if self_test:
        return show_self_test(broken_trainings.try_trainings(), as_json=run.as_json)
    if junit is not None:
        writing.require_directory(junit, what="the JUnit file")
    found = program.verify(
        [*(names or []), *(configs or [])],
        _make_settings(run, goldens),
        everything=everything,
        retrain=retrain,
        run_code=run_code,
        accept_close=accept_close,
    )
    return _show(found, junit, markdown, as_json=run.as_json)


def _make_settings(run: RunOptions, goldens: Path | None) -> retraining.Retraining:
    return retraining.Retraining(
        profile=run.profile,
        threads=run.threads,
        data_dir=run.data_dir,
        golden_dir=goldens,
        show_progress=show_progress,
    )


def _show(found: program.Verification, junit: Path | None, markdown: Path | None, *, as_json: bool) -> int:
    """Write the files that were asked for, print notes and the report, return the exit code."""
    add_markdown(markdown, lambda: pages.render_markdown(found.report), what="the report")
    write_junit(junit, lambda: xml.render_junit(found.report))
    if not as_json:
        for note in found.notes:
            print_note(note)
    show(found.to_json(), lambda: text.render_text(found.report, color=wants_color()), as_json=as_json)
    return found.exit_code
