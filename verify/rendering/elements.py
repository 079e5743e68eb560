"""Differences of single arrays, for text and for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.rendering.pages import Section
from verify.rendering.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.judging.arrays import ArrayDifference

_MOST_ROWS = 50
KINDS = {
    "settings": "other settings",
    "data": "other data",
    "initial-weights": "other initial weights",
    "weights": "other weights; only their digests are stored",
    "digest": "another digest",
    "missing": "a tensor that one side lacks",
    "dtype": "another type",
    "shape": "another shape or number",
    "signed-zeros": "signs of zeros only",
    "nan-payloads": "other bits of NaN only",
    "one-ulp": "one ulp here and there",
    "few-ulps": "a few ulps",
    "sign-flips": "signs only",
    "rows-permuted": "the same rows in another order",
    "permuted": "the same values in another order",
    "memory-order": "the same values in another order in memory",
    "draw": "other random numbers",
    "control-flow": "another control flow",
    "all-elements": "all elements",
    "values": "other values",
}
"""Every kind of difference in words."""


def describe_array(row: ArrayDifference) -> dict[str, Any]:
    """Return the difference of one array as JSON."""
    exact = {f"{side}_hex": v.hex() for side, v in (("a", row.a), ("b", row.b)) if isinstance(v, float)}
    bits = {f"{side}_bits": v for side, v in (("a", row.a_bits), ("b", row.b_bits)) if v is not None}
    return {
        "tensor": row.tensor,
        "kind": row.kind,
        "index": None if row.index is None else list(row.index),
        "a": row.a,
        "b": row.b,
        **exact,
        **bits,
        "ulp": row.ulp,
        "largest_ulp": row.largest,
        "differing": row.differing,
        "elements": row.elements,
        "share": share(row),
        "histogram": describe_histogram(row),
    }


def describe_histogram(row: ArrayDifference) -> list[dict[str, object]]:
    """Return how many elements have which distance."""
    return [{"ulp": distance, "count": count} for distance, count in row.histogram]


def share(row: ArrayDifference) -> float:
    """Return which share of the elements differs."""
    return row.differing / row.elements if row.elements else 0.0


def write_value(value: object, bits: str | None = None) -> str:
    """Return a value in decimal and in hexadecimal, which is exact."""
    if isinstance(value, str):
        return value
    exact = value.hex() if isinstance(value, float) else None
    shown = ", ".join(text for text in (exact, f"bits {bits}" if bits else None) if text)
    return f"{value!r} ({shown})" if isinstance(value, float) else f"{value} ({shown})" if shown else str(value)


def name_index(index: Sequence[int] | None) -> str:
    """Return the place of an element in words; empty where there is none."""
    return "" if index is None else f"[{', '.join(map(str, index))}]"


def name_place(index: Sequence[int] | None) -> str:
    """Return the place of an element as a part of a sentence; empty for a single number."""
    return f", element {name_index(index)}" if index else ""


def write_histogram(row: ArrayDifference) -> str:
    """Return in one line how many elements have which distance."""
    return ", ".join(f"{distance}: {count}" for distance, count in row.histogram)


def list_rows(row: ArrayDifference) -> list[tuple[str, str]]:
    """Return the evidence of one array as names with values."""
    found = [("kind", KINDS[row.kind])]
    if row.index is None:
        return [*found, ("a", str(row.a)), ("b", str(row.b))]
    found += [("a", write_value(row.a, row.a_bits)), ("b", write_value(row.b, row.b_bits))]
    if row.ulp is not None:
        found.append(("distance", f"{row.ulp} ulp; at most {row.largest} ulp in this array"))
    if row.elements > 1:
        found.append(("share", f"{row.differing} of {row.elements} elements differ ({100 * share(row):.4g} %)"))
    return found


def build_histogram(row: ArrayDifference) -> list[Section]:
    """Return the table of distances, where they can be counted."""
    if not row.histogram:
        return []
    rows = [(distance, count) for distance, count in row.histogram]
    table = Table(columns=("ulp", "elements"), rows=rows, right=frozenset({"elements"}))
    return [Section(title=f"Distances in {row.tensor}:", table=table)]


def build_table(title: str, rows: Sequence[ArrayDifference]) -> list[Section]:
    """Return the table of all arrays that differ, of which the first are shown."""
    if not rows:
        return []
    cells = [
        (row.tensor, name_index(row.index or None), f"{row.differing}/{row.elements}", _write_largest(row), row.kind)
        for row in rows[:_MOST_ROWS]
    ]
    more = f" (the first {_MOST_ROWS} of {len(rows)})" if len(rows) > _MOST_ROWS else ""
    columns = ("array", "first at", "differ", "at most", "kind")
    table = Table(
        columns=columns, rows=cells, right=frozenset({"differ", "at most"}), brief=("array", "differ", "kind")
    )
    return [Section(title=f"{title}{more}:", table=table)]


def _write_largest(row: ArrayDifference) -> str:
    return "" if row.largest is None else f"{row.largest} ulp"
