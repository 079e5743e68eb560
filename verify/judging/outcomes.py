"""What a run gave or a golden expects, in one form, so that each can be compared with the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.judging.contradictions import list_contradictions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.files.golden import Golden
    from verify.files.record import RunOutcome
    from verify.files.run import RunFiles
    from verify.judging.arrays import Arrays


@attrs.frozen(kw_only=True, eq=False)
class Results:
    """What a run gave, or what a golden expects.

    Args:
        outcome: digests, epochs, metrics and sample values.
        profile: the arithmetic.
        weights: the final weights; None where only digests and sample values are stored.
        predictions: the predictions; None where only their digest is stored.
        notes: in what it contradicts itself.
    """

    outcome: RunOutcome
    profile: str
    weights: Arrays | None = None
    predictions: Arrays | None = None
    notes: tuple[str, ...] = ()


def take_run(run: RunFiles) -> Results:
    """Return what a run gave."""
    return Results(
        outcome=run.record,
        profile=run.record.profile,
        weights=run.weights.arrays,
        predictions=run.predictions.arrays,
        notes=tuple(
            f"{run.path} contradicts itself: {row.subject}: expected {row.expected}, found {row.found}"
            for row in list_contradictions(run)[:1]
        ),
    )


def take_golden(golden: Golden, run: RunFiles | None = None) -> Results:
    """Return what a golden expects: of a native run, on a machine of the class that it was made on, its native results.

    Args:
        golden: the golden.
        run: the run that it is compared with; None for a portable one.
    """
    native = golden.native
    if run is None or native is None or run.record.profile != "native":
        return Results(outcome=golden, profile="portable")
    if run.fingerprint.class_digest != native.fingerprint_class:
        return Results(outcome=golden, profile="portable")
    outcome = attrs.evolve(golden, digests=native.digests, epochs=native.epochs, metrics=native.metrics, samples={})
    return Results(outcome=outcome, profile="native")


def pair_samples(a: Results, b: Results) -> Iterator[tuple[str, tuple[int, ...], str, str]]:
    """Yield name, index and both values of the elements of which both sides hold the value."""
    sides = [
        {(name, row.index): row.value for name, rows in sorted(side.outcome.samples.items()) for row in rows}
        for side in (a, b)
    ]
    yield from ((*place, value, sides[1][place]) for place, value in sides[0].items() if place in sides[1])


def count_samples(a: Results, b: Results) -> int:
    """Return of how many elements both sides hold the value."""
    return sum(1 for _ in pair_samples(a, b))
