"""Runs a command of this program as the action was asked to, and writes what later steps read.

All inputs come from variables ACTION_..., so that no text of theirs is ever part of a script. The exit code of the
command is an output: the last step of the action ends with it.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from verify.escaping import clean_line, escape_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS = ("vary", "verify")
# What a program could use to write outputs, variables and summaries of the job that it runs in.
PRIVATE = (
    "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)  # fmt: skip
USAGE = 2


class InputError(Exception):
    """An input of the action that cannot be used."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What a command answered.

    Args:
        verdict: of the answer; "error" if the command ended with an error.
        sentence: the answer in one line.
        code: the exit code.
        answer: what it printed with --json.
    """

    verdict: str
    sentence: str
    code: int
    answer: str = ""


def list_arguments(inputs: Mapping[str, str]) -> list[str]:
    """Return the command line that the inputs ask for, without the program's name.

    Raises:
        InputError: an input is missing, or is none.
    """
    command = inputs.get("ACTION_COMMAND", "")
    if command not in COMMANDS:
        raise InputError(f"the input command is {' or '.join(COMMANDS)}, not {clean_line(command)!r}")
    words = [command, "--json"]
    if summary := inputs.get("GITHUB_STEP_SUMMARY"):
        words += ["--markdown", summary]
    if junit := inputs.get("ACTION_JUNIT"):
        words += ["--junit", junit]
    further = _split(inputs, "ACTION_ARGUMENTS")
    if command == "verify":
        return [*words, *further, *_split(inputs, "ACTION_NAMES")]
    for option, name in (("--axes", "ACTION_AXES"), ("--budget", "ACTION_BUDGET")):
        words += [option, inputs[name]] if inputs.get(name) else []
    for glob in inputs.get("ACTION_OUTPUT", "").splitlines():
        words += ["--output", glob.strip()] if glob.strip() else []
    program = _split(inputs, "ACTION_PROGRAM")
    if not program and "--config" not in further:
        raise InputError("the input program is missing, such as: python train.py")
    return [*words, *further, *(["--", *program] if program else [])]


def _split(inputs: Mapping[str, str], name: str) -> list[str]:
    try:
        return shlex.split(inputs.get(name, ""))
    except ValueError as error:
        raise InputError(
            f"the input {name.removeprefix('ACTION_').lower()} cannot be split into words: {error}"
        ) from error


def run_command(program: str, arguments: list[str], environment: Mapping[str, str]) -> Outcome:
    """Run the command; what it says on standard error goes on to the log.

    A varied program sees neither the inputs nor the files with which a step of a job writes outputs.
    """
    kept = {
        name: value for name, value in environment.items() if name not in PRIVATE and not name.startswith("ACTION_")
    }
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, env=kept, check=False)
    return read_answer(done.stdout.decode("utf-8", errors="replace"), done.returncode)


def read_answer(text: str, code: int) -> Outcome:
    """Return what an answer says; one that is no answer is an error."""
    try:
        answer: Any = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return Outcome(verdict="error", sentence=f"no answer; exit code {code}", code=code or USAGE, answer=text)
    if isinstance(error := answer.get("error"), dict):
        parts = [
            error.get("title"),
            *(f"{name}: {error[name]}" for name in ("where", "found", "remedy") if name in error),
        ]
        return Outcome(verdict="error", sentence=clean_line("; ".join(map(str, parts))), code=code, answer=text)
    verdict, sentence = (clean_line(answer.get(name, "unknown")) for name in ("verdict", "sentence"))
    return Outcome(verdict=verdict, sentence=sentence, code=code, answer=text)


def write_outputs(outcome: Outcome, folder: Path, environment: Mapping[str, str]) -> None:
    """Write the answer to a file, the outputs of the step, and the summary of an error, which the command left out."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=folder, delete=False, encoding="utf-8") as file:
        file.write(outcome.answer)
    rows = {"verdict": outcome.verdict, "sentence": outcome.sentence, "exit-code": outcome.code, "answer": file.name}
    if place := environment.get("GITHUB_OUTPUT"):
        with Path(place).open("a", encoding="utf-8") as outputs:
            outputs.writelines(f"{name}={value}\n" for name, value in rows.items())
    if outcome.verdict == "error" and (place := environment.get("GITHUB_STEP_SUMMARY")):
        with Path(place).open("a", encoding="utf-8") as summary:
            summary.write(f"**error**: {escape_cell(outcome.sentence)}\n")


def main() -> int:
    """Run the command and write the outputs; the exit code is 0, because a later step ends the job."""
    program = str(Path(sys.executable).parent / "repro-appliance")
    try:
        outcome = run_command(program, list_arguments(os.environ), os.environ)
    except InputError as error:
        outcome = Outcome(verdict="error", sentence=str(error), code=USAGE)
    write_outputs(
        outcome, Path(os.environ.get("RUNNER_TEMP") or tempfile.gettempdir()) / "repro-appliance-answers", os.environ
    )
    print(f"{outcome.verdict}: {outcome.sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
