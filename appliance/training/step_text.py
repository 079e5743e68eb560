"""The text of a training step in a trace, which is filled in at every step.

Every step of an epoch has the same events with the same arrays, so that all of its lines but fingerprints and numbers
are formatted once.
"""

from __future__ import annotations

import json
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from appliance.training.step_events import BEFORE
from verify.tracing.tensors import LARGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from appliance.training.step_events import StepEvent

    Tensor = dict[str, Any]

CHUNKS, NUMBER, STEP = "#", "number ", "step"
_QUOTED, _SLOT = re.compile(r'"@([^"@]+)@"'), re.compile('@([^"@]+)@')


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
        self._numbers = [f"{NUMBER}{number}" for number in range(len(events))]
        self._parts: list[str] = _SLOT.split(_QUOTED.sub(_write_slot, "".join(lines)))
        self._pick = itemgetter(*self._parts[1::2])

    def fill(self, marks: dict[str, str], first: int, step: int) -> str:
        """Return the lines with these fingerprints by key; the events are numbered from `first`."""
        marks[STEP] = str(step)
        marks.update(zip(self._numbers, map(str, range(first, first + len(self._numbers))), strict=True))
        self._parts[1::2] = self._pick(marks)
        return "".join(self._parts)


def _write_slot(slot: re.Match[str]) -> str:
    return slot[0][1:-1] if slot[1].startswith((CHUNKS, NUMBER, STEP)) else slot[0]


def _use(key: str, tensors: Mapping[str, Tensor]) -> Tensor:
    """Return a description for a key: that of an array before the step has slots of its own."""
    name = key.removeprefix(BEFORE)
    tensor = dict(tensors[name])
    if name != key:
        tensor["fingerprint"] = f"@{key}@"
        if "chunks" in tensor:
            tensor["chunks"] = [f"@{CHUNKS}{key}@"]
    return tensor
