"""State closure: what a training carries from step to step and its checkpoint does not hold, found and named.

A training runs to its end undisturbed. Others, each in a fresh process, restore a state of it and go on to the same
step. Then all hold the same, down to the last array, except for what the checkpoint does not hold.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from appliance.proving.asking import ask
from appliance.proving.comparing import ABSENT, KEPT, list_differences
from appliance.proving.graph import Graph
from appliance.proving.observing import BEGIN, PLACES, Request
from appliance.proving.reading import require_end

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.proving.children import Bench
    from appliance.proving.comparing import Difference
    from appliance.proving.request import Subject
    from appliance.proving.stops import Stop

_LAST = PLACES[-1]
_SCRATCH = (".rounded", "._work", "._products", "._passes", "._flat", "._views", ".passes", "._terms")
"""Parts of the paths of arrays that every step overwrites: where other places differ too, these are no origins."""
_BY_HAND = 2
EXCEPTIONS = {
    ("verify.conformance.freivalds.ExactChecker", ".checked"): "counts checked products; a plan is checked when it"
    " first runs, and a resumed training runs it again",
}
"""What may differ after a resume, by the class and the attribute that hold it, with the reason."""
CACHES = {
    "verify.conformance.freivalds: _take_scratch": "memory in which products and sums are checked; every check writes"
    " it before it reads it",
}
"""Caches the contents of which may differ after a resume, by module and function, with the reason."""


@attrs.frozen(kw_only=True)
class Finding:
    """State that the checkpoint does not hold.

    Args:
        name: what its owner knows it by.
        path: how it is reached.
        stop: after how many steps the training was stopped.
        undisturbed: what it is at the end of the undisturbed training.
        resumed: what it is at the end of the resumed one.
        changes_results: whether the resumed training has other results.
    """

    name: str
    path: str
    stop: int
    undisturbed: str
    resumed: str
    changes_results: bool


@attrs.frozen(kw_only=True)
class Closure:
    """What was found.

    Args:
        findings: each place once, with the first stop at which it was found.
        followers: how many more places differ that may only follow from these.
        stops: after how many steps the training was stopped.
        results_differ: whether a resumed training had other results.
        repeats: whether two undisturbed trainings had the same results.
        objects: how many objects were compared.
        unstable: places that differ between two undisturbed trainings, such as clocks and addresses; left out.
        excepted: places that may differ, with the reasons.
        opaque: types into whose objects nobody can look, with the number of these objects.
        is_whole: whether all objects were looked at; there is a limit.
    """

    findings: tuple[Finding, ...]
    followers: int
    stops: tuple[int, ...]
    results_differ: bool
    repeats: bool
    objects: int
    unstable: tuple[str, ...]
    excepted: dict[str, str]
    opaque: dict[str, int]
    is_whole: bool


@attrs.frozen(kw_only=True)
class _Seen:
    """What a child wrote."""

    folder: Path
    result: tuple[str, str]
    places: dict[str, int]

    def read_graph(self, place: str) -> Graph:
        return Graph.from_json(json.loads((self.folder / f"look-{place}.json").read_text(encoding="utf-8")))


def find_open_state(subject: Subject, stops: Sequence[Stop], bench: Bench, scratch: Path) -> Closure:
    """Return what a training carries from step to step and its checkpoint does not hold.

    Args:
        subject: what is trained, for two epochs at least.
        stops: copies of the checkpoints after every step.
        bench: where children run.
        scratch: an existing directory for their files.

    Raises:
        CouldNotJudgeError: a training did not end.
    """

    def observe(task: tuple[str, Request]) -> _Seen:
        name, request = task
        return _observe(request, bench, scratch / name)

    folders = {stop.step: stop.folder for stop in stops if stop.epoch == 1}
    undisturbed = Request(subject=subject, start=next(iter(folders.values())), looks=PLACES)
    first, again = bench.map(observe, [("undisturbed", undisturbed), ("again", undisturbed)])
    places = {number: place for place, number in reversed(first.places.items()) if number in folders}
    tasks = [
        (f"resumed-{number}", Request(subject=subject, start=folders[number], restores=True, looks=(BEGIN, _LAST)))
        for number in sorted(places)
    ]
    resumed = dict(zip(sorted(places.items()), bench.map(observe, tasks), strict=True))
    return _compare(first, again, resumed)


def _observe(request: Request, bench: Bench, folder: Path) -> _Seen:
    """Run a child of the module `observing`."""
    folder.mkdir()
    work = folder.parent / "work"
    work.mkdir(exist_ok=True)
    require_end(ask("observing", request, bench, folder, work), "a training that is watched", request.subject)
    found = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return _Seen(folder=folder, result=(found["history"], found["weights"]), places=found["places"])


def _compare(first: _Seen, again: _Seen, resumed: dict[tuple[int, str], _Seen]) -> Closure:
    """Return what differs at the end between an undisturbed training and resumed ones."""
    end = first.read_graph(_LAST)
    unstable = {(one.holder, one.label): one.path for one in list_differences(end, again.read_graph(_LAST))}
    found, followers, excepted = dict[str, Finding](), set[str](), dict[str, str]()
    for (number, place), seen in sorted(resumed.items()):
        differs = seen.result != first.result
        places = list(list_differences(end, seen.read_graph(_LAST)))
        if differs:
            places = _find_origins(places, first.read_graph(place), seen.read_graph(BEGIN))
        places = [one for one in places if (one.holder, one.label) not in unstable]
        excepted |= {_name_exception(one): reason for one in places if (reason := _find_reason(one))}
        named, others = _tell_apart([one for one in places if not _find_reason(one)], follows=differs)
        followers |= {one.path for one in others}
        for one in named:
            found.setdefault(one.path, _make_finding(one, number, changes_results=differs))
    return Closure(
        findings=tuple(found.values()),
        followers=len(followers - {*found}),
        stops=tuple(number for number, _ in sorted(resumed)),
        results_differ=any(seen.result != first.result for seen in resumed.values()),
        repeats=first.result == again.result,
        objects=len(end.nodes),
        unstable=tuple(sorted(unstable.values())),
        excepted=excepted,
        opaque=dict(end.opaque),
        is_whole=end.is_whole,
    )


def _find_reason(one: Difference) -> str:
    """Return why a place may differ; empty where it may not."""
    return EXCEPTIONS.get((one.kind, one.label), "") or CACHES.get(_name_cache(one), "")


def _name_cache(one: Difference) -> str:
    """Return the cache in which a place is, by module and function."""
    return one.name.partition(KEPT)[0]


def _name_exception(one: Difference) -> str:
    if _name_cache(one) in CACHES:
        return _name_cache(one).rpartition(" ")[2]
    return f"{one.kind.rpartition('.')[2]}{one.label}"


def _make_finding(one: Difference, stop: int, *, changes_results: bool) -> Finding:
    return Finding(
        name=one.name,
        path=one.path,
        stop=stop,
        undisturbed=one.a,
        resumed=one.b,
        changes_results=changes_results,
    )


def _find_origins(places: list[Difference], stopped: Graph, restored: Graph) -> list[Difference]:
    """Return those places that were different right after the state was restored: what follows from them is left out.

    Args:
        places: what differs at the end.
        stopped: the undisturbed training at the step of the stop.
        restored: the resumed training before its first step.
    """
    at_once = {one.path for one in list_differences(stopped, restored)}
    return [one for one in places if one.path in at_once] or places


def _tell_apart(places: Sequence[Difference], *, follows: bool) -> tuple[list[Difference], list[Difference]]:
    """Return the places to name, in the order in which people look, and those that may only follow from them.

    Args:
        places: what differs.
        follows: whether results differ, so that numbers and arrays of the program may be their followers.
    """
    ranked = sorted(places, key=_find_rank)
    if not follows:
        return ranked, []
    first = [one for one in ranked if _find_rank(one) <= _BY_HAND] or [
        one for one in ranked if not any(part in one.path for part in _SCRATCH)
    ]
    named = first or ranked
    return named, [one for one in ranked if one not in named]


def _find_rank(one: Difference) -> int:
    """Return 0 for code of users, 1 for the process, 2 for attributes that are not there, then numbers and arrays."""
    if ".py: " in one.name:
        return 0
    if not one.path.startswith("training"):
        return 1
    if ABSENT in (one.a, one.b):
        return _BY_HAND
    return _BY_HAND + 1 + 2 * one.is_array + any(part in one.path for part in _SCRATCH)
