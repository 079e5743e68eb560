"""Checklists of conferences: what they ask, in our words and by their numbers, and which of our items answer it.

The address with each is where it is published. In November 2026 SC24 was read there. The others were read in public
copies and quotations: compare with the list itself. The checklist of Pineau et al. has no numbers of its own. A demand
without items is about something else than a run, so the author answers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


@attrs.frozen(kw_only=True)
class Demand:
    """One thing that a list asks for: its number there, the subject in our words, the ids of our items."""

    number: str
    about: str
    items: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class DemandList:
    """The checklist of a conference.

    Args:
        name: for `--for`.
        short: what it is called in tables.
        title: its title.
        version: which one was read.
        source: the address.
        demands: what it asks for, in its order.
    """

    name: str
    short: str
    title: str
    version: str
    source: str
    demands: tuple[Demand, ...]


def _list_demands(*rows: tuple[str, str, str]) -> tuple[Demand, ...]:
    """Return demands from rows of number, subject and ids with spaces between them."""
    return tuple(Demand(number=number, about=about, items=tuple(ids.split())) for number, about, ids in rows)


NEURIPS = DemandList(
    name="neurips",
    short="NeurIPS",
    title="NeurIPS Paper Checklist",
    version="2025, 16 questions",
    source="https://neurips.cc/public/guides/PaperChecklist",
    demands=_list_demands(
        ("1", "claims", "reporting.claims"),
        ("2", "limitations", "reporting.limits"),
        ("3", "assumptions and proofs of theory", ""),
        (
            "4",
            "what is needed to repeat the main results",
            "artifacts.again artifacts.settings determinism.seed determinism.retrained determinism.repeats",
        ),
        (
            "5",
            "access to code and data",
            "environment.code environment.revision artifacts.code data.source data.same artifacts.archive",
        ),
        ("6", "details of training and test", "artifacts.settings data.counts data.controls reporting.search"),
        ("7", "error bars, statistical significance", "reporting.seeds"),
        ("8", "computing resources", "environment.processor environment.system reporting.time reporting.cost"),
        ("9", "code of ethics", "reporting.impact"),
        ("10", "broader impacts", "reporting.impact"),
        ("11", "safeguards for what is released", ""),
        ("12", "licences of what is used", "data.source"),
        ("13", "documentation of what is new", "artifacts.archive artifacts.licence artifacts.files"),
        ("14", "crowdsourcing, people as subjects", "data.collection"),
        ("15", "approval of studies with people", "data.collection"),
        ("16", "use of language models in the method", ""),
    ),
)
PINEAU = DemandList(
    name="pineau",
    short="MLRC",
    title="The Machine Learning Reproducibility Checklist (Joelle Pineau)",
    version="v2.0, 7 April 2020; numbered here from the top",
    source="https://www.cs.mcgill.ca/~jpineau/ReproducibilityChecklist.pdf",
    demands=_list_demands(
        ("1", "models: the setting and the algorithm", "artifacts.settings"),
        ("2", "models: assumptions", ""),
        ("3", "models: complexity", "reporting.size reporting.time"),
        ("4", "theory: statement of the claim", ""),
        ("5", "theory: proof", ""),
        ("6", "data: statistics such as numbers of samples", "data.counts"),
        ("7", "data: how they were split", "data.counts data.separate"),
        ("8", "data: what was left out, preprocessing", "data.same data.controls data.collection"),
        ("9", "data: where to download them", "data.source artifacts.archive"),
        ("10", "data: how new ones were collected", "data.collection"),
        ("11", "code: dependencies", "environment.packages environment.software environment.pins"),
        ("12", "code: for training", "environment.code environment.revision artifacts.code"),
        ("13", "code: for evaluation", "environment.code environment.revision artifacts.code"),
        ("14", "code: trained models", "artifacts.weights"),
        ("15", "code: results with the commands that give them", "artifacts.again reporting.metrics"),
        ("16", "results: hyperparameters, and how they were chosen", "artifacts.settings reporting.search"),
        ("17", "results: number of runs", "reporting.seeds determinism.repeats reporting.search"),
        ("18", "results: which measures", "reporting.metrics"),
        ("19", "results: mean and variation", "reporting.seeds"),
        ("20", "results: running time or energy", "reporting.time reporting.cost"),
        ("21", "results: computing infrastructure", "environment.processor environment.system environment.software"),
    ),
)
ACM = DemandList(
    name="acm",
    short="ACM",
    title="ACM Artifact Review and Badging",
    version="version 1.1, 24 August 2020",
    source="https://www.acm.org/publications/policies/artifact-review-and-badging-current",
    demands=_list_demands(
        ("Available", "artifacts in a public archive", "artifacts.archive artifacts.licence"),
        ("documented", "functional: what it is, and how to use it", "artifacts.settings artifacts.again"),
        ("consistent", "functional: it belongs to the paper", "artifacts.consistent artifacts.checksums"),
        (
            "complete",
            "functional: all parts are there",
            "artifacts.files artifacts.weights artifacts.predictions artifacts.history artifacts.code data.same",
        ),
        ("exercisable", "functional: it runs, and gives results", "artifacts.again determinism.bits"),
        ("evidence", "functional: verified and validated", "artifacts.golden artifacts.equal data.controls"),
        ("Reusable", "others can build on it", "environment.packages environment.pins artifacts.licence"),
        ("Reproduced", "others had the results, with these artifacts", "determinism.retrained determinism.machines"),
        ("Replicated", "others had the results, without them", ""),
    ),
)
ICLR = DemandList(
    name="iclr",
    short="ICLR",
    title="ICLR Author Guide, reproducibility statement",
    version="2023",
    source="https://iclr.cc/Conferences/2023/AuthorGuide",
    demands=_list_demands(
        ("code", "source code of models and algorithms", "environment.code environment.revision artifacts.archive"),
        ("theory", "assumptions and proofs", ""),
        ("data", "steps of processing the data", "data.same data.controls data.source data.collection"),
    ),
)
SC = DemandList(
    name="sc",
    short="SC",
    title="SC Artifact Description Appendix, part 2",
    version="SC24",
    source="https://sc24.supercomputing.org/program/papers/ad-ae-appendices/",
    demands=_list_demands(
        ("A", "which contribution an artifact belongs to", "reporting.claims"),
        ("B", "expected results", "artifacts.golden artifacts.equal reporting.metrics"),
        ("C", "time to reproduce", "reporting.time"),
        ("D hardware", "hardware that is needed", "environment.processor"),
        ("D software", "packages with versions", "environment.packages environment.software environment.revision"),
        ("D datasets", "data, and where they are", "data.source data.same"),
        ("D installation", "how it is installed and run", "environment.pins artifacts.again"),
        ("E", "workflow and its parameters", "artifacts.again artifacts.settings"),
    ),
)
LISTS: tuple[DemandList, ...] = (NEURIPS, PINEAU, ACM, ICLR, SC)


def find_list(name: str) -> DemandList:
    """Return the list of this name.

    Raises:
        UsageError: there is none.
    """
    for found in LISTS:
        if found.name == name:
            return found
    names = ", ".join(found.name for found in LISTS)
    raise UsageError("there is no such checklist", expected=names, found=name, where="--for")


def name_demands(item: str, lists: Iterable[DemandList] = LISTS) -> str:
    """Return which demands an item answers, such as "NeurIPS 4, 6; SC E"."""
    parts = []
    for found in lists:
        numbers = [demand.number for demand in found.demands if item in demand.items]
        if numbers:
            joined = ", ".join(numbers)
            parts.append(f"{found.short} {joined}")
    return "; ".join(parts)
