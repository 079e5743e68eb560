"""Which axes are varied: chosen by name, each value proved by its effect in the child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError, suggest_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from appliance.vary.axis import Axis, Launch, Subject


@attrs.frozen(kw_only=True)
class Tested:
    """One axis with the values that have an effect here.

    Args:
        axis: the axis.
        baseline: the value of the baseline; "" if it has none.
        values: the values with an effect, without the baseline's.
        reasons: why other values are not tested.
        remedy: what would make them testable.
        found: what the child said with each value that has an effect.
    """

    axis: Axis
    baseline: str = ""
    values: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    remedy: str = ""
    found: Mapping[str, str] = attrs.field(factory=dict)


def choose_axes(known: Sequence[Axis], names: Iterable[str], given: Mapping[str, Sequence[str]]) -> tuple[Axis, ...]:
    """Return the axes with these names, in the order of the table; without names, the default ones and those given.

    Raises:
        UsageError: there is no such axis.
    """
    wanted = tuple(names)
    table = {axis.name: axis for axis in known}
    unknown = [name for name in (*wanted, *given) if name not in table]
    if unknown:
        remedy = suggest_name(unknown[0], table)
        raise UsageError("no such axis", expected=", ".join(sorted(table)), found=", ".join(unknown), remedy=remedy)
    if not wanted and not given:
        return tuple(axis for axis in known if axis.default)
    return tuple(axis for axis in known if axis.name in wanted or axis.name in given)


def test_axis(axis: Axis, given: Sequence[str], subject: Subject, run: Callable[[Launch], str]) -> Tested:
    """Return an axis with the values of which the child has shown an effect.

    Args:
        axis: the axis.
        given: the values to vary; none for those of the axis.
        subject: what is varied.
        run: starts a launch and returns its standard output.
    """
    values = axis.values(subject)
    baseline = values[0] if values else ""
    chosen = [value for value in (given or values[1:]) if value != baseline]
    if not chosen:
        proof = axis.prove(baseline, subject, run)
        alike = proof.effective or bool(proof.found)  # the baseline's value has the effect of the baseline
        reason = "it has only one value here" if alike or not proof.reason else proof.reason
        return Tested(axis=axis, baseline=baseline, reasons=(reason,), remedy=proof.remedy or "")
    proofs = {value: axis.prove(value, subject, run) for value in chosen}
    without = [proof for proof in proofs.values() if not proof.effective]
    return Tested(
        axis=axis,
        baseline=baseline,
        values=tuple(value for value, proof in proofs.items() if proof.effective),
        reasons=tuple(dict.fromkeys(proof.reason or f"no effect in the child: {proof.found}" for proof in without)),
        remedy=next((proof.remedy for proof in without if proof.remedy), ""),
        found={value: proof.found for value, proof in proofs.items() if proof.effective},
    )
