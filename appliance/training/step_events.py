"""The events of one training step in a trace, and the text that is filled in at every step.

Every step of an epoch has the same events with the same arrays, so that all of its lines but fingerprints and numbers
are formatted once.
"""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from verify.tracing.tensors import LARGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Tensor = dict[str, Any]

BEFORE = "<"
"""Begins the key of an array as it was before the step; the key of any other is its name."""
CHUNKS, NUMBER, STEP = "#", "number ", "step"
_DIGITS = 16
_SLOT = re.compile(r'"@([^"@]+)@"')


class StepEvent(NamedTuple):
    """One event of a step: what it reads and what it makes, by key."""

    kind: str
    stage: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class LayerNames(NamedTuple):
    """A layer in a trace.

    Attributes:
        name: such as "dense_1".
        parameters: the full names of its parameters.
        state: the full names of what the optimizer keeps for them.
        gradients: the full names of what its stage of gradients makes; none where these are not recorded.
        unread: the parameters and state that are so large that they are not read at every step.
    """

    name: str
    parameters: tuple[str, ...]
    state: tuple[str, ...]
    gradients: tuple[str, ...]
    unread: tuple[str, ...] = ()


def list_events(layers: Sequence[LayerNames], terms: int, *, scaled: bool) -> list[StepEvent]:
    """Return the events of a step in the order of an undivided one: forward, loss, backward with updates.

    An event that reads a large parameter, which is not read at every step, has no inputs: they are not all known.

    Args:
        layers: from the input to the output.
        terms: how many arrays of terms the loss has.
        scaled: whether the numbers that are made of the batch are recorded, too.
    """
    events = [StepEvent("data", "batch", (), ("batch", "labels"))]
    if scaled:
        events.append(StepEvent("operation", "input", ("batch",), ("input",)))
    signals = ["input" if scaled else "batch", *(f"{layer.name}.output" for layer in layers)]
    for layer, below, output in zip(layers, signals, signals[1:], strict=False):
        read = () if layer.unread else (below, *_before(layer.parameters))
        events.append(StepEvent("operation", output, read, (output,)))
    gradient = "loss.output_gradient"
    made = (gradient, *(f"loss.term_{number}" for number in range(1, terms + 1)))
    events.append(StepEvent("operation", "loss", (signals[-1], "labels"), made))
    for number in reversed(range(len(layers))):
        layer, below = layers[number], signals[number]
        above = gradient
        if number:
            gradient = f"{layer.name}.input_gradient"
            read = _before(layer.parameters[:1]) or (signals[number + 1],)
            events.append(StepEvent("operation", gradient, () if layer.unread else (above, *read), (gradient,)))
        events += _list_updates(layer, below, above)
    return events


def _list_updates(layer: LayerNames, below: str, above: str) -> list[StepEvent]:
    """Return the events that change the parameters of a layer."""
    if not layer.parameters:
        return []
    events = list[StepEvent]()
    read: tuple[str, ...] = (below, above, "scale")
    if layer.gradients:
        events = [StepEvent("operation", f"{layer.name}.gradients", read, layer.gradients)]
        exact = f"{layer.name}.weight_addends" in layer.gradients  # then the update makes the product
        read = (below, *layer.gradients) if exact else layer.gradients
    kept = tuple(name for name in (*layer.parameters, *layer.state) if name not in layer.unread)
    read = () if layer.unread else (*read, *_before(kept))
    return [*events, StepEvent("operation", f"{layer.name}.update", read, kept)] if kept else events


def _before(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{BEFORE}{name}" for name in names)


def describe_array(name: str, array: NDArray[Any]) -> Tensor:
    """Return the description of an array in a trace, with a slot for its fingerprint and those of its parts.

    The order in memory is left out: the program chooses it, and for a part with one row there is none.
    """
    tensor: Tensor = {
        "name": name,
        "dtype": array.dtype.newbyteorder("<").str,
        "shape": list(array.shape),
        "fingerprint": f"@{name}@",
    }
    if array.nbytes > LARGE:
        tensor["chunks"] = [f"@{CHUNKS}{name}@"]
    return tensor


class StepText:
    """The lines of a step.

    Args:
        events: the events.
        tensors: the description of every array by name.
        epoch: the epoch.
        size: the bytes of all arrays.
    """

    def __init__(self, events: Sequence[StepEvent], tensors: Mapping[str, Tensor], epoch: int, size: int) -> None:
        self.events = events
        self.size = size
        lines = []
        for number, event in enumerate(events):
            line: dict[str, Any] = {"kind": event.kind, "stage": event.stage, "occurrence": 1, "epoch": epoch}
            line |= {"n": f"@{NUMBER}{number}@", "step": f"@{STEP}@"}
            if event.inputs:
                line["inputs"] = [_use(key, tensors) for key in event.inputs]
            line["outputs"] = [_use(key, tensors) for key in event.outputs]
            lines.append(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n")
        text = "".join(lines).replace("%", "%%")
        self._numbers = [f"{NUMBER}{number}" for number in range(len(events))]
        self._keys: list[str] = _SLOT.findall(text)
        self._text = _SLOT.sub(_write_slot, text)

    def fill(self, marks: dict[str, str | int], first: int, step: int) -> bytes:
        """Return the lines with these fingerprints by key; the events are numbered from `first`."""
        marks[STEP] = step
        marks.update(zip(self._numbers, range(first, first + len(self._numbers)), strict=True))
        return (self._text % tuple([marks[key] for key in self._keys])).encode("ascii")


def _write_slot(slot: re.Match[str]) -> str:
    return "%s" if slot[1].startswith((CHUNKS, NUMBER, STEP)) else '"%s"'


def write_marks(numbers: Sequence[int]) -> list[str]:
    """Return fingerprints as hexadecimal digits."""
    text = struct.pack(f">{len(numbers)}Q", *numbers).hex()
    return [text[start : start + _DIGITS] for start in range(0, len(text), _DIGITS)]


def _use(key: str, tensors: Mapping[str, Tensor]) -> Tensor:
    """Return a description for a key: that of an array before the step has slots of its own."""
    name = key.removeprefix(BEFORE)
    tensor = dict(tensors[name])
    if name != key:
        tensor["fingerprint"] = f"@{key}@"
        if "chunks" in tensor:
            tensor["chunks"] = [f"@{CHUNKS}{key}@"]
    return tensor
