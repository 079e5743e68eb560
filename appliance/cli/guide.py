"""The help: commands in groups with one line each, examples at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup

from appliance.cli.examples import EXAMPLES
from appliance.cli.failures import PROGRAM

if TYPE_CHECKING:
    import click

# In the order in which they are shown.
GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Why results differ (of any program)",
        (
            ("vary", "Which part of the surroundings changes the bits of a program."),
            ("diff", "Where two runs, traces or files of arrays differ first."),
            ("why", "The cause of a difference of two runs or traces, with proof."),
            ("shrink", "Which package versions change the results between two locks."),
            ("trace", "Record fingerprints of the arrays of a Python program."),
            ("run", "Run a program in the most reproducible world of this host."),
        ),
    ),
    (
        "Make results",
        (
            ("train", "Train a configuration; write a run directory."),
            ("runs", "List the runs in a directory, and what was interrupted."),
            ("predict", "Predictions of a run for new samples."),
            ("benchmark", "Repeats, statistics over seeds, sweeps, cost."),
            ("export", "Write a run in the format of other tools."),
            ("report", "One HTML page about runs and answers, with plots."),
        ),
    ),
    (
        "Judge results",
        (
            ("verify", "Retrain and compare with goldens, or judge run directories."),
            ("agree", "Compare the reports of many machines."),
            ("fleet", "Verify on many machines: emulated, containers, ssh hosts."),
            ("prove", "Stopped and resumed, on several workers: the same bits?"),
            ("certify", "Which guarantee holds on this host."),
            ("checklist", "The reproducibility checklist, answered from a run."),
            ("fingerprint", "Describe this environment, or compare two."),
        ),
    ),
    (
        "What results are made of",
        (
            ("config", "List, show and begin configurations."),
            ("data", "Data sets, their digests and checks."),
            ("golden", "Record, list and check goldens."),
        ),
    ),
)
_MORE = "Other commands"
_SENTENCE = 200  # characters of a command's first sentence


class GuidedCommand(TyperCommand):
    """A command whose help ends with examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples of this command."""
        write_examples(ctx, formatter)


class GuidedGroup(TyperGroup):
    """A group of commands; the help lists them under their titles, and ends with examples."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with one line each, one without a title last, then the options."""
        self._write_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write nothing: the commands stand before the options."""

    def _write_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = {name: found for name in self.list_commands(ctx) if (found := self.get_command(ctx, name))}
        shown = GROUPS if ctx.parent is None else ()
        told = {name for _, rows in shown for name, _ in rows}
        more = tuple(
            (name, found.get_short_help_str(_SENTENCE)) for name, found in commands.items() if name not in told
        )
        width = max(map(len, commands), default=0)
        for title, rows in (*shown, (_MORE if shown else "Commands", more)):
            listed = [(f"{name:<{width}}", text) for name, text in rows if name in commands]
            if listed:
                with formatter.section(title):
                    formatter.write_dl(listed)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then what holds for every command."""
        write_examples(ctx, formatter)
        super().format_epilog(ctx, formatter)


def write_examples(context: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the examples of a command; a line to copy is never divided."""
    examples = EXAMPLES.get(context.command_path.partition(" ")[2], ())
    if examples:
        with formatter.section("Examples"):
            for example in examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example.purpose}\n")
                formatter.write(f"{'':>{formatter.current_indent + 2}}{PROGRAM} {example.line}\n")
