"""The end of a pytest session: what is written, what is unused, and what the user is told."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from verify.arrays.storing import Results, list_unused, write_updates
from verify.errors import ApplianceError
from verify.escaping import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    Reports = Mapping[str, tuple[bool, Any]]

_MOST = 20


@attrs.define(kw_only=True)
class Ending:
    """What the user is told, and whether the session may be green."""

    lines: list[str] = attrs.field(factory=list)
    red: bool = False


def end_session(config: pytest.Config, reports: Reports, collected: Mapping[str, Any], *, update: bool) -> Ending:
    """Write what is to be written, and return what the user is told.

    Args:
        config: of the session.
        reports: by the ids of tests, whether each passed, and what its checks found where it used a golden.
        collected: `files`: for test files that have a golden, the first part of the ids and the names of all tests in
            them; `folders`: the directories of the session that have goldens.
        update: goldens are recorded.
    """
    results = gather_results(config, reports, collected)
    notes = [note for _, value in reports.values() if value for note in value["tolerances"]]
    return finish(results, sorted(notes), update=update)


def gather_results(config: pytest.Config, reports: Reports, collected: Mapping[str, Any]) -> Results:
    """Return what the reports of a session say."""
    files = {file: (prefix, list(names)) for file, (prefix, names) in collected["files"].items()}
    results = Results(collected=files, visited=[Path(folder) for folder in collected["folders"]])
    for nodeid, (passed, value) in reports.items():
        if passed:
            results.passed.add(nodeid)
        if passed and value is not None:
            results.reports[value["file"], value["test"]] = value
    _note_choice(config, results)
    return results


def _note_choice(config: pytest.Config, results: Results) -> None:
    """Note which files and directories were collected as a whole."""
    narrow = any(config.getoption(name, default=False) for name in ("lf", "collectonly", "pyargs", "stepwise"))
    if narrow:
        results.partial.update(results.collected)
        return
    for word in config.args:
        place, mark, _ = str(word).partition("::")
        path = Path(config.invocation_params.dir, place).resolve()
        if mark:
            results.partial.update(file for file in results.collected if Path(file).resolve() == path)
        elif path.is_dir():
            results.folders.append(path)


def finish(results: Results, notes: list[str], *, update: bool) -> Ending:
    """Write what is to be written, and return what the user is told."""
    ending = Ending()
    try:
        unused = list_unused(results)
        if update:
            _describe_written(ending, results, write_updates(results, unused), len(unused))
        elif unused:
            ending.red = True
            ending.lines.append(f"{_count(len(unused), 'golden')} {'is' if len(unused) == 1 else 'are'} unused:")
            ending.lines += [
                f"  {row.path.name}: {row.test}, check {row.check}: {row.reason}" for row in unused[:_MOST]
            ]
            if len(unused) > _MOST:
                ending.lines.append(f"  and {len(unused) - _MOST} more")
            ending.lines.append("  to remove them: the same command with --golden-update")
    except ApplianceError as error:
        ending.red = True
        ending.lines += str(error).split("\n")
    if notes:
        ending.lines.append(f"{_count(len(notes), 'check')} {'has' if len(notes) == 1 else 'have'} a tolerance:")
        ending.lines += [line for note in notes for line in _wrap(note)]
    ending.lines = [clean_line(line) for line in ending.lines]
    return ending


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _wrap(note: str) -> list[str]:
    """Return a note on lines of at most 78 columns, its reason on lines of its own."""
    head, _, reason = note.partition("\n")
    lines = textwrap.wrap(f"because: {reason}", width=78, initial_indent="    ", subsequent_indent="      ")
    return [f"  {head}", *lines]


def _describe_written(ending: Ending, results: Results, written: list[Path], removed: int) -> None:
    if not written:
        ending.lines.append("nothing to write: all goldens that these tests use are up to date")
        return
    count = len([name for report in results.reports.values() for name in report["updates"]])
    ending.red = True
    gone = f", {_count(removed, 'unused golden')} removed" if removed else ""
    ending.lines.append(f"{_count(count, 'check')} recorded{gone}; written:")
    ending.lines += [f"  {path}" for path in written]
    ending.lines.append("This run fails because goldens were written. Review them, then run the tests")
    ending.lines.append("again without --golden-update.")
