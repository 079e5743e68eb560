"""Passes what the hooks see to the recorder, so that a failure of the recorder never ends the program.

Hooks call `begin` before and `end` after an operation. Events with single numbers and texts only are limited for each
stage, so that a long loop over numbers costs little; what was left out is counted.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from verify.tracing.pending import Pending
    from verify.tracing.recorder import Recorder

    Pairs = Sequence[tuple[str, object]]

MOST_SMALL = 10_000  # events of one stage with single numbers only
_SINGLE = (type(None), bool, int, float, complex, str, bytes)
_NOTES = 50


class _Busy(threading.local):
    def __init__(self) -> None:
        self.on = False


class Session:
    """The hooks' side of a recorder.

    Args:
        recorder: what writes the trace.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.busy = _Busy()
        self.left_out: dict[str, int] = {}
        self.unseen = 0
        self.profile: Any = None  # the hook on returns before Python 3.12
        self.notes: dict[str, int] = {}
        self._small: dict[str, int] = {}

    def begin(self, kind: str, stage: str, inputs: Pairs, at: str | None = None) -> Pending | None:
        """Read the inputs of an operation; None if it is not recorded."""
        if self.busy.on or (self._is_small(inputs) and not self._admit(stage)):
            return None
        self.busy.on = True
        profile = self._stop_profile()
        try:
            return self.recorder.begin(kind, stage, inputs, at=at)
        except Exception as error:  # noqa: BLE001 - a failure of the recorder must not end the program
            self.note(f"the recorder failed at {stage}: {type(error).__name__}: {error}")
            return None
        finally:
            self.busy.on = False
            if profile is not None:
                sys.setprofile(profile)

    def end(self, pending: Pending | None, outputs: Pairs) -> None:
        """Record an operation with its outputs."""
        if pending is None:
            return
        self.busy.on = True
        profile = self._stop_profile()
        try:
            pending.end(outputs)
        except Exception as error:  # noqa: BLE001 - as above
            self.note(f"the recorder failed: {type(error).__name__}: {error}")
        finally:
            self.busy.on = False
            if profile is not None:
                sys.setprofile(profile)

    def _stop_profile(self) -> Any:  # noqa: ANN401 - a hook
        """Stop the hook on returns in this thread and return it, so that it does not slow the recorder."""
        if self.profile is None or sys.getprofile() != self.profile:
            return None
        sys.setprofile(None)
        return self.profile

    def note(self, text: str) -> None:
        """Count something that was not seen, for the coverage."""
        if text in self.notes or len(self.notes) < _NOTES:
            self.notes[text] = self.notes.get(text, 0) + 1

    def _is_small(self, inputs: Pairs) -> bool:
        numpy = sys.modules.get("numpy")
        generic = getattr(numpy, "generic", None)
        kinds = _SINGLE if generic is None else (*_SINGLE, generic)
        return all(isinstance(value, kinds) for _, value in inputs)

    def _admit(self, stage: str) -> bool:
        count = self._small.get(stage, 0) + 1
        self._small[stage] = count
        if count > MOST_SMALL:
            self.left_out[stage] = count - MOST_SMALL
            self.unseen += 1
        return count <= MOST_SMALL


session: Session | None = None  # of this process, once hooks are in place


def is_array(value: Any) -> bool:  # noqa: ANN401 - any operand
    """Tell whether a value is an array or number of NumPy, or a table or matrix of a library on top of it."""
    kind = type(value)
    known = _ARRAYS.get(kind)
    if known is None:
        known = _is_array_type(kind)
        if len(_ARRAYS) < 1000:  # noqa: PLR2004 - programs that make types all the time
            _ARRAYS[kind] = known
    return known


def _is_array_type(kind: type) -> bool:
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "generic"):
        return False
    if issubclass(kind, (numpy.ndarray, numpy.generic)):
        return True
    return kind.__module__.partition(".")[0] in ("pandas", "scipy") and hasattr(kind, "shape")


_ARRAYS: dict[type, bool] = dict.fromkeys((*_SINGLE, list, tuple, dict, set, frozenset, slice), False)
