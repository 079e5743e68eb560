"""Tells a training's steps, weights and answers to the recorder of a trace.

An event holds fingerprints, so the bits of a run do not depend on it. Lines depend on results only: equal runs have
equal files of events, on every machine where their bits are equal.

* Each array is copied when it was made and read once, with all others, at the end of the step.
* Signals of a batch in parts are joined, so that the events are those of an undivided step.
* What is large or follows from the rest is recorded only where `detailed` asks for it: gradients of weights, the
  batch as numbers, layers without parameters, and weights of more than 64 KiB, with the samples that they are
  multiplied by, at steps between every thirty-second.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.layer import walk
from appliance.numerics.plans import Tap
from appliance.training.accumulation import split_batch
from appliance.training.epoch_events import make_plain, record_epoch, record_start
from appliance.training.held_steps import HeldStep, HeldSteps, StepRows
from appliance.training.kept_operands import copy_before, copy_step, pick_operands
from appliance.training.step_events import BEFORE, Recorded, StepEvent, list_events, list_layers
from appliance.training.step_text import CHUNKS, StepText, describe_array
from verify.tracing.flattening import Tally
from verify.tracing.prepared import Prepared
from verify.tracing.tensors import LARGE, describe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.plans import Calls, Stage
    from appliance.training.evaluation import Evaluation
    from appliance.training.record import EpochRow
    from appliance.training.trainer import Trainer
    from verify.tracing.recorder import Recorder
    from verify.tracing.recorder_state import RecorderState

    Array = NDArray[Any]

_KNOWN = (".parameters", ".addends", ".update")  # stages with nothing that is not read elsewhere
_GRADIENTS, _INPUT = ".gradients", "input"
_IN_PLACE = 1 << 16  # bytes of a parameter from which on it is read where it is
_SPARSE = 32  # of as many steps, one has all weights


class TrainingTrace(Tap):
    """Records one training.

    Args:
        recorder: where the events go.
        steps: record every step; False for epochs only.
        detailed: record gradients of weights, too.
        first: the first epoch with steps.
    """

    def __init__(self, recorder: Recorder, *, steps: bool, detailed: bool = False, first: int = 1) -> None:
        self.recorder = recorder
        self._steps, self._detailed, self._first = steps, detailed, first
        self._captured = recorder.captured_places
        self._shapes: dict[int, StepRows] = {}
        self._held = HeldSteps(recorder)
        self._found: dict[str, str] = {}
        self._epoch = self._step = self._passes = 0
        self._copies: dict[str, Array] | None = None

    def begin(self, trainer: Trainer, dataset: str) -> None:
        """Record what a training begins with, unless the recorder has that from an earlier process.

        Args:
            trainer: takes the steps.
            dataset: the digest of the data.
        """
        self._trainer = trainer
        is_new = not self.recorder.events
        *_, last = trainer.network.layers
        plain = [layer.name for layer in walk(trainer.network.layers) if not (layer.parameters() or layer.layers)]
        self._fused = frozenset() if self._detailed else frozenset(plain) - {last.name}
        if is_new:
            record_start(self.recorder, trainer, dataset)

    @property
    def records_steps(self) -> bool:
        """Whether the steps of this epoch are recorded."""
        return self._steps and self._epoch >= self._first

    def begin_epoch(self, epoch: int, order: Array, rate: float) -> None:
        """Record the order of the samples and the learning rate."""
        self._epoch = epoch
        self.recorder.enter(epoch)
        self.recorder.event("data", "rate", outputs={"rate": rate})
        self.recorder.event("draw", "shuffle", outputs={"order": order.astype("<i8")})
        self.follow_epoch(epoch, 0)

    def follow_epoch(self, epoch: int, step: int) -> None:
        """Read the arrays of the steps to come, in the middle of an epoch too, where no steps are held."""
        self._epoch, self._step = epoch, step
        self._shapes.clear()
        if self.records_steps:
            arrays = self._trainer.list_arrays()
            self._small = {name: array for name, array in arrays.items() if array.nbytes <= _IN_PLACE}
            self._state = [(name, Prepared(array)) for name, array in arrays.items()]
            self._found = self._held.marks
            for name, prepared in self._state:
                self._read(name, prepared)
            self._state = [(name, prepared) for name, prepared in self._state if name not in self._small]
            known = arrays if self._detailed else self._small
            earlier = [(name, BEFORE + name) for name in known]
            large = [name for name, prepared in self._state if prepared.large and name in known]
            earlier += [(CHUNKS + name, CHUNKS + BEFORE + name) for name in large]
            self._held.earlier = earlier

    def begin_step(self, features: Array, labels: Array) -> None:
        """Take the batch of the next step."""
        self._step += 1
        self._passes = 0
        self._found = {}
        rows = self._shapes.get(len(labels))
        if rows is None:
            rows = self._shapes[len(labels)] = StepRows()
        self._rows, self._count = rows, len(labels)
        wanted = (self._epoch, self._step) in self._captured
        self._copies = copy_before(self._trainer.list_arrays()) if wanted else None
        self._whole = self._detailed or self._step % _SPARSE == 0
        if rows.labels is None:
            rows.labels = rows.place("labels", labels)
            rows.samples = None if self._is_sparse() else rows.place("batch", features)
            rows.large["batch"] = Prepared(np.empty(features.shape, features.dtype))
        rows.labels.copy(labels)
        if rows.samples is not None:
            rows.samples.copy(features)
        elif self._whole:
            np.copyto(rows.large["batch"].array, features)
            self._read("batch", rows.large["batch"])

    @property
    def key(self) -> object:
        """The steps on this number of rows."""
        return self._rows.key

    def follow(self, stage: Stage) -> Calls:
        """Return what copies or reads the outputs of a stage."""
        if self._trainer.micro_batches > 1:
            return [partial(self._join, stage)]
        if self._is_left_out(stage):
            return []
        calls: Calls = []
        for name, array in stage.outputs.items():
            if array.nbytes > LARGE:
                prepared = self._rows.large[name] = Prepared(array)
                calls.append(partial(self._read, name, prepared))
            else:
                calls.append(self._rows.follow(name, array))
        return calls

    def _is_left_out(self, stage: Stage) -> bool:
        detail = stage.name == _INPUT or stage.name.endswith(_GRADIENTS)
        fused = stage.name.rpartition(".")[0] in self._fused
        return stage.name.endswith(_KNOWN) or fused or (detail and not self._detailed)

    def end_step(self, terms: tuple[Array, ...]) -> None:
        """Record the step that was taken."""
        rows = self._rows
        if not rows.last:
            rows.last = [rows.place(f"loss.term_{number}", term) for number, term in enumerate(terms, start=1)]
            rows.small = [(rows.place(name, array), array) for name, array in self._small.items()]
        for name, prepared in self._state if self._whole else ():
            self._read(name, prepared)
        if self._copies is not None:
            self._copies |= copy_step(rows, terms, self._trainer.forward.scale)
        place, text = rows.read(terms), self._find_text(len(terms))
        first = self._held.add(HeldStep(rows, place, self._found, text, self._step))
        if self._copies is not None:
            for number, event in enumerate(text.events, start=first):
                event_id = (self._epoch, self._step, event.stage, 1)
                self.recorder.save_operands(event_id, number, pick_operands(event, self._copies))
        if self._held.full:
            self.flush()

    def capture(self) -> RecorderState:
        """Return how far the trace is; the disk has it until there."""
        self.flush()
        return self.recorder.capture()

    def flush(self) -> None:
        """Write the lines of steps that are held back."""
        self._held.write()

    def end_epoch(self, row: EpochRow, evaluation: Evaluation) -> None:
        """Record weights, state of the optimizer, answers and losses after an epoch."""
        self.flush()
        record_epoch(self.recorder, self._trainer, row, evaluation)

    def _read(self, name: str, prepared: Prepared) -> None:
        """Read an array where it is."""
        if prepared.large:
            mark, chunks = prepared.read_chunks()
            self._found[name] = f"{mark:016x}"
            self._found[CHUNKS + name] = ",".join(f'"{chunk}"' for chunk in chunks)
        else:
            self._found[name] = f"{prepared.read():016x}"
        if self._copies is not None:
            self._copies[name] = np.array(prepared.array)

    def _join(self, stage: Stage) -> None:
        """Copy what a part of a batch has made into arrays for the whole batch; a part that comes again is the same."""
        self._passes += stage.name == _INPUT
        parts = split_batch(self._count, self._trainer.micro_batches)
        if self._passes > len(parts) or self._is_left_out(stage) or stage.name.endswith(_GRADIENTS):
            return
        start, stop = parts[self._passes - 1]
        for name, part in stage.outputs.items():
            slot = self._rows.staged.slots.get(name)
            if slot is None:
                shape, order = (self._count, *part.shape[1:]), "C" if part.flags.c_contiguous else "F"
                slot = self._rows.staged.place(name, np.empty(shape, part.dtype, order=order))  # type: ignore[call-overload]
            slot.view[start:stop] = part

    def _is_sparse(self) -> bool:
        """Return whether the first layer has weights that are not read at every step; then nor are the samples."""
        first = self._trainer.network.layers[0].name
        return not self._detailed and any(name.startswith(f"{first}.") for name, _ in self._state)

    def _find_text(self, terms: int) -> StepText:
        """Return the lines of steps with as many rows and this rate, which have all weights or not."""
        scale = self._trainer.forward.scale
        key = (scale.tobytes(), self._whole)
        text = self._rows.texts.get(key)
        if text is None:
            read = {**self._rows.large, **dict(self._state)}
            arrays = {name: prepared.array for name, prepared in read.items()}
            arrays |= {name: slot.array for name, slot in self._rows.staged.slots.items()}
            tensors = {name: describe_array(name, array) for name, array in arrays.items()}
            (tensors["scale"],) = describe("scale", make_plain(scale), Tally())
            size = sum(array.nbytes for array in arrays.values())
            large = () if self._detailed else [name for name, _ in self._state]
            recorded = Recorded(arrays=arrays, fused=self._fused, large=large, detailed=self._detailed)
            layers = list_layers(self._trainer, recorded)
            events = list_events(layers, terms, scaled=self._detailed)
            if not self._whole and self._is_sparse():
                events[0] = StepEvent("data", "batch", (), ("labels",))
            if self._whole and self._state and not self._detailed:
                events.append(StepEvent("state", "weights", (), tuple(name for name, _ in self._state)))
            text = StepText(events, tensors, self._epoch, size)
            self._rows.texts[key] = text
        return text
