"""Events of traces in words, for text; their form in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.judging.traces.differences import read_float

if TYPE_CHECKING:
    from verify.files.trace import EventId, Tensor
    from verify.judging.traces.alignment import Split
    from verify.judging.traces.differences import EventDifference, MarkDifference

_SHOWN = 3


def name_scope(epoch: int | None, step: int | None) -> str:
    """Return epoch and step in words; empty where there is neither."""
    parts = (f"epoch {epoch}" if epoch is not None else "", f"step {step}" if step is not None else "")
    return ", ".join(part for part in parts if part)


def name_event(event: EventId) -> str:
    """Return an event in words."""
    again = f" (number {event.occurrence})" if event.occurrence > 1 else ""
    scope = name_scope(event.epoch, event.step)
    return f"{scope}, {event.stage}{again}" if scope else f"{event.stage}{again}"


def count_events(count: int) -> str:
    """Return a number of events in words."""
    return f"{count} event{'' if count == 1 else 's'}"


def describe_event(event: EventId) -> dict[str, Any]:
    """Return an event as JSON."""
    places = {"epoch": event.epoch, "step": event.step}
    known = {name: value for name, value in places.items() if value is not None}
    return {**known, "stage": event.stage, "occurrence": event.occurrence}


def describe_difference(found: EventDifference) -> dict[str, Any]:
    """Return an event that differs as JSON, with its tensors that differ."""
    place = {"at": found.a.at} if found.a.at is not None else {}
    return {
        **describe_event(found.a.id),
        "kind": found.a.kind,
        **place,
        "n": [found.a.n, found.b.n],
        "inputs": [describe_mark(row) for row in found.inputs],
        "outputs": [describe_mark(row) for row in found.outputs],
    }


def describe_mark(row: MarkDifference) -> dict[str, Any]:
    """Return one tensor that differs as JSON."""
    body: dict[str, Any] = {
        "tensor": row.name,
        "a": find_value(row.a),
        "b": find_value(row.b),
        "ulp": row.ulp,
        "kind": row.kind,
    }
    for side, tensor in (("a", row.a), ("b", row.b)):
        if tensor is not None:
            body[f"{side}_is"] = write_form(tensor)
            if read_float(tensor.value) is not None:
                body[f"{side}_hex"] = tensor.value
    if row.elements is not None and row.a is not None:
        body["elements"] = list(row.elements)
        body["chunks"] = {"differing": len(row.chunks), "of": len(row.a.chunks)}
    return body


def find_value(tensor: Tensor | None) -> float | int | str | None:
    """Return the value of a single number, or else the fingerprint."""
    if tensor is None:
        return None
    number = read_float(tensor.value)
    if number is not None and number - number == 0:
        return number
    return tensor.value if isinstance(tensor.value, int | str) else tensor.fingerprint


def write_form(tensor: Tensor) -> str:
    """Return type, shape and order of a tensor in words."""
    order = f" in order {tensor.order}" if tensor.order else ""
    return f"{tensor.dtype} of shape ({', '.join(map(str, tensor.shape))}){order}"


def describe_split(split: Split) -> dict[str, Any]:
    """Return a place where the control flow parts as JSON."""
    return {
        "after": None if split.after is None else describe_event(split.after),
        "a": [describe_event(event) for event in split.a],
        "b": [describe_event(event) for event in split.b],
        "only_a": split.count_a,
        "only_b": split.count_b,
    }


def name_split(split: Split) -> str:
    """Return a place where the control flow parts in words."""
    where = "at the beginning" if split.after is None else f"after {name_event(split.after)}"
    sides = [_name_only(*side) for side in (("a", split.a, split.count_a), ("b", split.b, split.count_b))]
    return f"{where}: {'; '.join(side for side in sides if side)}"


def _name_only(side: str, events: tuple[EventId, ...], count: int) -> str:
    if not count:
        return ""
    shown = ", ".join(name_event(event) for event in events[:_SHOWN])
    more = f" and {count - len(events[:_SHOWN])} more" if count > len(events[:_SHOWN]) else ""
    return f"only {side} has {shown}{more}"
