"""Answers the checklist for one run directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.checklist.answers import About, Part
from appliance.checklist.checklist import Checklist
from appliance.checklist.conferences import find_list
from appliance.checklist.given import read_given
from appliance.checklist.questions import ask
from appliance.checklist.subject import read_subject
from appliance.checklist.table import QUESTIONS, TITLES
from verify.files.writing import make_printable

if TYPE_CHECKING:
    from collections.abc import Sequence


def answer_checklist(
    run: str | Path,
    *,
    data_dir: Path | None = None,
    golden_dir: Path | None = None,
    evidence: Sequence[Path] = (),
    wanted: str | None = None,
) -> Checklist:
    """Return every item, answered from a run directory; no code of an experiment is run.

    Args:
        run: the directory.
        data_dir: where data sets are; None for the usual place.
        golden_dir: where goldens are; None for the ones that ship.
        evidence: files with what `benchmark`, `prove`, `vary`, `verify`, `agree` or `fleet` printed with --json.
        wanted: the name of a conference's list, in whose order the answers are shown.

    Raises:
        UsageError: there is no such directory or list, or a file of evidence cannot be read or is something else.
        CouldNotJudgeError: there is no record in the directory that can be read, or a file of evidence is damaged.
    """
    order = None if wanted is None else find_list(wanted)
    given = [read_given(path) for path in evidence]
    subject = read_subject(Path(run), data_dir=data_dir, golden_dir=golden_dir, given=given)
    record = subject.record
    parts = (
        Part(id=name, title=title, items=tuple(ask(question, subject) for question in QUESTIONS[name]))
        for name, title in TITLES.items()
    )
    about = About(
        run=make_printable(str(run)),
        config=record.config,
        seed=record.seed,
        profile=record.profile,
        config_digest=record.config_digest,
        run_digest=record.digests.run,
    )
    return Checklist(about=about, parts=tuple(parts), wanted=order)
