"""Turns a state of a training into the arrays of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.checkpoints.values import decode, encode
from appliance.launch.generators import Generators, require_states
from appliance.training.state import TrainingState, WatcherState
from verify.errors import CouldNotJudgeError
from verify.files.checkpoint import NumpyGenerator, PythonGenerator, TracePlace
from verify.files.trace import Head
from verify.tracing.recorder_state import RecorderState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from verify.digests import JsonValue
    from verify.files.checkpoint import Checkpoint, CheckpointFile, TraceLevel

    Arrays = dict[str, NDArray[np.generic]]

_STATE, _TERM = "state/", "term/"
_PYTHON, _NUMPY, _TORCH = "generator/python", "generator/numpy", "generator/torch"
_LEGACY = "MT19937"


def list_arrays(state: TrainingState) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays of a file by name, and the fields of its statement that the state decides."""
    if state.generators is None:
        raise ValueError("a state without the global generators")
    generators, watcher = state.generators, state.watcher
    version, words, gauss = generators.python
    arrays: Arrays = {_STATE + name: array for name, array in state.arrays.items()}
    arrays |= {f"{_TERM}{number}": term for number, term in enumerate(state.terms)}
    arrays[_PYTHON] = np.array(words, dtype=np.uint32)
    numpy = None
    if generators.numpy is not None:
        _, key, position, has_gauss, second = generators.numpy
        arrays[_NUMPY] = np.asarray(key, dtype=np.uint32)
        numpy = NumpyGenerator(position=int(position), has_gauss=int(has_gauss), gauss=float(second).hex())
    if generators.torch is not None:
        arrays[_TORCH] = generators.torch
    given: Arrays = {}
    callbacks = None if watcher is None else _encode_callbacks(watcher, given)
    return arrays | given, {
        "epoch": state.epoch,
        "step": state.step,
        "terms": len(state.terms),
        "python": PythonGenerator(version=version, gauss=None if gauss is None else float(gauss).hex()),
        "numpy": numpy,
        "stopped": watcher is not None and watcher.stopped,
        "callbacks": callbacks,
    }


def make_state(file: CheckpointFile) -> TrainingState:
    """Return the state in a file.

    Raises:
        CouldNotJudgeError: its arrays are not those that its statement needs.
    """
    statement, arrays = file.statement, file.arrays
    try:
        return TrainingState(
            epoch=statement.epoch,
            step=statement.step,
            arrays={name[len(_STATE) :]: array for name, array in arrays.items() if name.startswith(_STATE)},
            terms=tuple(arrays[f"{_TERM}{number}"] for number in range(statement.terms)),
            history=file.history,
            generators=_make_generators(statement, arrays),
            watcher=_make_watcher(statement, arrays),
            trace=None if statement.trace is None else make_recorder_state(statement.trace),
        )
    except KeyError as error:
        raise CouldNotJudgeError("a checkpoint lacks an array", found=error, where=statement.config) from error
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise CouldNotJudgeError("a checkpoint holds no state", found=error, where=statement.config) from error


def _encode_callbacks(watcher: WatcherState, arrays: Arrays) -> JsonValue:
    states = encode(list(watcher.callbacks), arrays, "callbacks")
    return {"names": list(watcher.names), "states": states}


def _make_watcher(statement: Checkpoint, arrays: Mapping[str, NDArray[np.generic]]) -> WatcherState | None:
    """Return what the watcher carried; earlier versions kept the states alone."""
    kept = statement.callbacks
    if kept is None:
        return None
    names: JsonValue = []
    if isinstance(kept, dict) and kept.keys() == {"names", "states"}:
        names, kept = kept["names"], kept["states"]
    states = decode(kept, arrays)
    if not isinstance(names, list) or not isinstance(states, list) or len(names) not in (0, len(states)):
        raise ValueError("this is no list of what callbacks gave")
    if not all(one is None or isinstance(one, dict) for one in states):
        raise ValueError("this is no list of what callbacks gave")
    return WatcherState(stopped=statement.stopped, callbacks=tuple(states), names=tuple(map(str, names)))


def _make_generators(statement: Checkpoint, arrays: Mapping[str, NDArray[np.generic]]) -> Generators:
    python, numpy = statement.python, statement.numpy
    gauss = None if python.gauss is None else float.fromhex(python.gauss)
    legacy = None
    if numpy is not None:
        key = arrays[_NUMPY].astype(np.uint32)
        legacy = (_LEGACY, key, numpy.position, numpy.has_gauss, float.fromhex(numpy.gauss))
    torch = arrays.get(_TORCH)
    generators = Generators(
        python=(python.version, tuple(arrays[_PYTHON].tolist()), gauss),
        numpy=legacy,
        torch=None if torch is None else torch.astype(np.uint8),
    )
    require_states(generators)
    return generators


def describe_trace(state: RecorderState, folder: str, level: TraceLevel) -> TracePlace:
    """Return what a file says of the trace so far."""
    return TracePlace(
        folder=folder,
        level=level,
        events=state.events,
        size=state.size,
        chain=state.chain,
        heads=tuple(Head(**head) for head in state.heads),
        epoch=state.place[0],
        step=state.place[1],
        occurrences=state.occurrences,
        left_out=state.left_out,
        read=state.read,
        types=state.types,
    )


def make_recorder_state(place: TracePlace) -> RecorderState:
    """Return where a recorder goes on."""
    return RecorderState(
        events=place.events,
        size=place.size,
        chain=place.chain,
        heads=[attrs.asdict(head) for head in place.heads],
        place=(place.epoch, place.step),
        occurrences=dict(place.occurrences),
        left_out=place.left_out,
        read=place.read,
        types=dict(place.types),
    )
