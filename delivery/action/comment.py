"""Writes the sentence of an answer to a pull request: one comment, which later runs change.

What the action may not write is a notice in the log and no failure.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.escaping import clean_line, escape_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 60


class CommentError(Exception):
    """The comment cannot be written."""


def find_number(event: Path) -> int | None:
    """Return the number of the pull request of an event; None if it is of none."""
    request: Any = json.loads(event.read_text(encoding="utf-8")).get("pull_request")
    number = request.get("number") if isinstance(request, dict) else None
    return number if isinstance(number, int) else None


def make_mark(environment: Mapping[str, str]) -> str:
    """Return the first line of the comment, by which it is found again: one for each use of the action in a job."""
    names = ("GITHUB_WORKFLOW", "GITHUB_JOB", "ACTION_COMMAND", "ACTION_TITLE")
    subject = "\0".join(environment.get(name, "") for name in names)
    return f"<!-- repro-appliance {hashlib.sha256(subject.encode()).hexdigest()[:16]} -->"


def write_body(environment: Mapping[str, str]) -> str:
    """Return the comment. The sentence stands in an element of code, where a name after @ calls nobody."""
    title, verdict = (escape_cell(environment.get(name, "")) for name in ("ACTION_TITLE", "ACTION_VERDICT"))
    place = "/".join(environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"))
    run = f"{place}/actions/runs/{environment.get('GITHUB_RUN_ID', '')}"
    sentence = f"<code>{escape_cell(environment.get('ACTION_SENTENCE', ''))}</code>"
    lines = [
        make_mark(environment),
        f"**<code>{title}</code>: {verdict}**",
        "",
        sentence,
        "",
        f"[the whole answer]({run})",
    ]
    return "\n".join(lines) + "\n"


def ask(*words: str, body: str | None = None) -> str:
    """Return what GitHub's own program answers.

    Raises:
        CommentError: there is no such program, or it failed; its last line says why.
    """
    given = None if body is None else json.dumps({"body": body})
    try:
        done = subprocess.run(
            ["gh", "api", *words], input=given, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommentError(f"gh: {error}") from error
    if done.returncode:
        raise CommentError(clean_line(done.stderr.strip().rpartition("\n")[2]) or f"gh: exit code {done.returncode}")
    return done.stdout


def find_comment(comments: str, mark: str, author: str) -> int | None:
    """Return the id of the comment of this author that begins with the mark; the comments are JSON, one a line."""
    for line in comments.splitlines():
        found = json.loads(line)
        if found["login"] == author and str(found["body"]).startswith(mark):
            return int(found["id"])
    return None


def write_comment(number: int, environment: Mapping[str, str]) -> None:
    """Change the comment of an earlier run, or write the first one.

    Raises:
        CommentError: it cannot be written.
    """
    issues = f"repos/{environment['GITHUB_REPOSITORY']}/issues"
    shown = ".[] | {id, login: .user.login, body}"
    listed = ask("--paginate", f"{issues}/{number}/comments?per_page=100", "--jq", shown)
    earlier = find_comment(listed, make_mark(environment), environment.get("ACTION_AUTHOR", ""))
    if earlier is None:
        ask("--method", "POST", f"{issues}/{number}/comments", "--input", "-", body=write_body(environment))
    else:
        ask("--method", "PATCH", f"{issues}/comments/{earlier}", "--input", "-", body=write_body(environment))


def main() -> int:
    """Write the comment, or a notice that says why there is none."""
    number = find_number(Path(os.environ["GITHUB_EVENT_PATH"]))
    if number is None:
        print("::notice::no comment: this run is of no pull request")
        return 0
    try:
        write_comment(number, os.environ)
    except CommentError as error:
        reason = clean_line(error).replace("%", "%25")
        print(
            f"::notice::no comment: {reason}; the job needs the permission pull-requests: write, which a fork has not"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
