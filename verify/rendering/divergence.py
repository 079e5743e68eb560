"""The comparison of two runs as a sentence, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.escaping import clean_line
from verify.files.structure import to_json
from verify.judging.divergence import STAGES
from verify.rendering.elements import KINDS, describe_array, describe_histogram, name_index, share, write_histogram

if TYPE_CHECKING:
    from verify.judging.arrays import ArrayDifference
    from verify.judging.divergence import Divergence, Place

SCHEMA = "repro-appliance/diff/1"
_NO_STEPS = "steps inside an epoch: not both runs have a trace of steps"
_ONLY_SAMPLES = "single elements beyond the sample values of the golden"


def describe_divergence(found: Divergence) -> dict[str, Any]:
    """Return what `diff --json` prints."""
    first = found.first
    return {
        "schema": SCHEMA,
        "verdict": found.verdict,
        "sentence": write_sentence(found),
        "first": None if first is None else _describe_place(first),
        "kind": None if first is None else first.kind,
        "places": [_describe_place(place) for place in found.places],
        "tensors": {
            "final_weights": [describe_array(row) for row in found.weights],
            "predictions": [describe_array(row) for row in found.predictions],
        },
        "histogram": next((describe_histogram(row) for row in (*found.weights, *found.predictions)), []),
        "coverage": {
            "stages": list(STAGES),
            "epochs": found.epochs,
            "elements": found.elements,
            "not_compared": list_uncompared(found),
        },
        "notes": list(found.notes),
    }


def list_uncompared(found: Divergence, *, steps: bool = False) -> list[str]:
    """Return what two runs have and what was not compared; `steps` tells whether traces of steps were."""
    return [*([_ONLY_SAMPLES] if found.sampled else []), *([] if steps else [_NO_STEPS])]


def _describe_place(place: Place) -> dict[str, Any]:
    """Return a place as JSON: its keys that are known, both values, the distance, and floats also in hexadecimal."""
    optional = {name: getattr(place, name) for name in ("epoch", "stage", "field", "tensor", "index")}
    known = {name: to_json(value) for name, value in optional.items() if value is not None}
    values = {"a": to_json(place.a), "b": to_json(place.b), "ulp": place.ulp, "kind": place.kind}
    exact = {f"{side}_hex": v.hex() for side, v in (("a", place.a), ("b", place.b)) if isinstance(v, float)}
    return {**known, **values, **exact}


def write_sentence(found: Divergence) -> str:
    """Return the comparison in one sentence."""
    first = found.first
    if first is None and found.notes:
        return "No difference was found, but a run contradicts itself, so that nothing follows from it."
    if first is None:
        return f"The {found.subject} are identical: {_join(list(STAGES.values())[:-1])} agree."
    differing = {place.stage for place in found.places}
    before = list(STAGES)[: list(STAGES).index(first.stage)]
    agreeing = [STAGES[stage] for stage in before if stage not in differing]
    rest = f"; {_join(agreeing)} agree" if agreeing else ""
    if first.stage == "settings" and len(found.places) > 1:
        rest = f"; the results differ first in {_name_place(found.places[1])}"
    return f"The {found.subject} differ first in {_name_place(first)}{rest}."


def _join(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _name_place(place: Place) -> str:
    """Return a place in words."""
    if place.stage == "settings":
        return f"the settings: {place.field}"
    if place.field == "number of epochs":
        return "the number of epochs"
    if place.stage == "epochs":
        return f"the weights after epoch {place.epoch}{_name_element(place)}"
    if place.stage == "history":
        return f"epoch {place.epoch}: {place.field}"
    field = f": {place.field}" if place.field else ""
    return f"the {STAGES[place.stage]}{field}{_name_element(place)}"


def _name_element(place: Place) -> str:
    index = "" if place.index is None else f"[{', '.join(map(str, place.index))}]"
    return "" if place.tensor is None else f": {place.tensor}{index}"


def render_divergence(found: Divergence, *, steps: bool = False) -> str:
    """Return the comparison as text: the sentence, the first difference, one line for each tensor that differs."""
    lines = [write_sentence(found)]
    first = found.first
    if first is not None:
        distance = [] if first.ulp is None else [("distance", f"{first.ulp} ulp")]
        rows = [("a", _write(first.a)), ("b", _write(first.b)), *distance, ("kind", KINDS[first.kind])]
        lines += [f"  {name:<10} {value}" for name, value in rows]
    for title, tensors in (("final weights", found.weights), ("predictions", found.predictions)):
        lines += [line for row in tensors for line in _write_tensor(title, row)]
    lines += [f"  note       {note}" for note in found.notes]
    lacking = list_uncompared(found, steps=steps)
    last = f"{found.verdict}; not compared: {'; '.join(lacking)}" if lacking else found.verdict
    return "\n".join(clean_line(line) for line in [*lines, last])


def _write(value: object) -> str:
    return f"{value!r} ({value.hex()})" if isinstance(value, float) else str(value)


def _write_tensor(title: str, row: ArrayDifference) -> list[str]:
    """Return how much of a tensor differs, and its first element that does."""
    if row.index is None:
        return [f"  {title}, {row.tensor}: {row.a} and {row.b}"]
    largest = "" if row.largest is None else f", at most {row.largest} ulp apart"
    ulp = "" if row.ulp is None else f", {row.ulp} ulp"
    distances = [f"    ulps     {write_histogram(row)}"] if row.histogram else []
    return [
        f"  {title}, {row.tensor}: {row.differing} of {row.elements} elements differ{largest}",
        *([f"    at {name_index(row.index)}"] if row.index else []),
        f"    a        {_write(row.a)}",
        f"    b        {_write(row.b)}{ulp}",
        f"    kind     {KINDS[row.kind]}; {100 * share(row):.4g} % of the elements",
        *distances,
    ]
