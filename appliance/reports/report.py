"""Makes a report: from arguments to one HTML file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance import __version__
from appliance.reports.checklists import build_checklist
from appliance.reports.checks import build_agreement, build_verification
from appliance.reports.costs import build_cost
from appliance.reports.differences import build_cause, build_difference
from appliance.reports.drawing import require_libraries
from appliance.reports.html import render_page
from appliance.reports.page import Page
from appliance.reports.searches import build_search
from appliance.reports.several import build_comparison
from appliance.reports.single import build_run
from appliance.reports.subjects import CHECKLIST, AnswerSubject, Beside, RunSubject, read_subjects
from verify.errors import UsageError
from verify.files.answers import VARY_ANSWER
from verify.files.cost_answers import COST_ANSWER, COST_RUNS
from verify.files.difference_answers import DIFF_ANSWER, WHY_ANSWER
from verify.files.reports import AGREEMENT, VERIFICATION
from verify.files.writing import make_printable, require_directory, write_whole
from verify.rendering.lines import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.reports.bodies import Body
    from appliance.reports.page import Part
    from appliance.reports.subjects import Subject
    from verify.digests import JsonObject

SCHEMA = "repro-appliance/report/1"
_BUILDERS: Mapping[str, Callable[[Body], Part]] = {
    VARY_ANSWER.schema: build_search,
    VERIFICATION.schema: build_verification,
    AGREEMENT.schema: build_agreement,
    DIFF_ANSWER.schema: build_difference,
    WHY_ANSWER.schema: build_cause,
    COST_ANSWER.schema: build_cost,
    COST_RUNS.schema: build_cost,
    CHECKLIST.schema: build_checklist,
}
_WORST = ("different", "could-not-judge", "close", "identical")
_SUFFIXES = (".html", ".htm")
_LARGEST = 32 * 2**20


@attrs.frozen(kw_only=True)
class Written:
    """A report that was written.

    Args:
        path: the file.
        page: what it shows.
        size: in bytes.
        digest: of its bytes.
    """

    path: Path
    page: Page
    size: int
    digest: str

    def to_json(self) -> JsonObject:
        """Return what `report --json` prints."""
        return {
            "schema": SCHEMA,
            "verdict": self.page.verdict or None,
            "sentence": self.page.sentence,
            "file": make_printable(str(self.path)),
            "bytes": self.size,
            "digest": self.digest,
            "parts": [
                {"kind": part.kind, "title": part.title, "verdict": part.verdict or None, "sentence": part.sentence}
                for part in self.page.parts
            ],
        }

    def format_text(self) -> str:
        """Return the verdict and the place of the file."""
        verdict = f"{self.page.verdict}: " if self.page.verdict else ""
        place = f"written: {make_printable(str(self.path))}, {-(-self.size // 1024)} KiB"
        return f"{wrap(f'{verdict}{self.page.sentence}')}\n{place}"


def write_report(words: Sequence[str], out: Path, beside: Beside | None = None) -> Written:
    """Write the report of run directories and answers.

    Args:
        words: paths of run directories and of JSON files.
        out: the HTML file.
        beside: data, goldens and evidence for the runs.

    Raises:
        UsageError: something cannot be read or written, or a library is missing.
        CouldNotJudgeError: a run or an answer is damaged.
    """
    require_libraries()
    _check_out(out, words)
    page = build_page(read_subjects(words), beside)
    content = render_page(page).encode("utf-8")
    if len(content) > _LARGEST:
        raise UsageError("the report would be too large", expected=f"at most {_LARGEST} bytes", found=len(content))
    write_whole(out, content, what="the report")
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Written(path=out, page=page, size=len(content), digest=digest)


def _check_out(out: Path, words: Sequence[str]) -> None:
    """Refuse a name that is no page, and a place in a run directory, which has room for nothing else."""
    special = out.exists() and not out.is_file()
    if out.suffix.lower() not in _SUFFIXES and not special:
        raise UsageError("a report is an HTML file", expected=f"a name that ends in {_SUFFIXES[0]}", found=out)
    require_directory(out, what="the report")
    for word in words:
        if Path(word).is_dir() and Path(word).resolve() in (out.resolve(), *out.resolve().parents):
            raise UsageError("the report would be an unknown file in a run directory", found=out, where=word)


def build_page(subjects: Sequence[Subject], beside: Beside | None = None) -> Page:
    """Return the page of subjects: all run directories in one part, then each answer in a part of its own.

    Raises:
        UsageError: there is evidence, and not one run whose checklist it could answer.
    """
    beside = beside or Beside()
    runs = [subject for subject in subjects if isinstance(subject, RunSubject)]
    answers = [subject for subject in subjects if isinstance(subject, AnswerSubject)]
    if beside.evidence and len(runs) != 1:
        raise UsageError(
            "evidence is for the checklist, which the report of one run has",
            expected="one run directory",
            found=len(runs),
            where="--evidence",
            remedy="name one run, or give the answers as arguments, each of which is then a part of the page",
        )
    parts = [] if not runs else [build_run(runs[0], beside) if len(runs) == 1 else build_comparison(runs, beside)]
    parts += [_BUILDERS[answer.schema](answer.body) for answer in answers]
    judged = [part for part in parts if part.verdict]
    worst = min(judged, key=lambda part: _rank(part.verdict), default=parts[0])
    several = f"; this is the worst of {len(judged)} verdicts on this page." if len(judged) > 1 else ""
    return Page(
        title=parts[0].title if len(parts) == 1 else f"{parts[0].title}, and {len(parts) - 1} more",
        verdict=worst.verdict,
        sentence=f"{worst.sentence.removesuffix('.')}{several}" if several else worst.sentence,
        parts=tuple(parts),
        version=__version__,
    )


def _rank(verdict: str) -> int:
    return _WORST.index(verdict) if verdict in _WORST else 0
