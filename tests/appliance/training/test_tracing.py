"""Traces of trainings: nothing changes, equal runs have equal events, planted differences are found where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config
from appliance.config.norm_layers import BatchNormConfig
from appliance.data import load_dataset
from appliance.model.build import build_network
from appliance.training import execute, preparation
from appliance.training.execute import run_training
from appliance.training.tracing import TrainingTrace
from verify.files.traces import Trace, open_trace
from verify.judging.traces.compare import compare_traces
from verify.tracing.fingerprints import fingerprint_array, fingerprint_chunks
from verify.tracing.prepared import Prepared, Staged
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.config.schema import Config

    Captures = Iterable[tuple[int | None, int | None, str, int]]

FORWARD = (1, 2, "dense_1.output", 1)


def trace_training(
    place: Path,
    config: Config | str = "smoke",
    *,
    steps: bool = True,
    detailed: bool = False,
    captures: Captures = (),
    **named: Any,  # noqa: ANN401 - options of a training
) -> tuple[Trace, dict[str, str]]:
    """Train with a trace; return it and the digests."""
    recorder = Recorder(place, level="step" if steps else "epoch", command=["train"], captures=captures)
    trace = TrainingTrace(recorder, steps=steps, detailed=detailed)
    config = load_config(config) if isinstance(config, str) else config
    record = run_training(config, trace=trace, **named)
    trace.flush()
    recorder.close({})
    return open_trace(place), record.digests


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("steps", [False, True])
def test_a_trace_changes_no_bit(tmp_path: Path, optimizer: str, *, steps: bool) -> None:
    """Digests with a trace are those without one, whatever is recorded."""
    names = {"sgd": "smoke", "momentum": "deep-momentum", "adam": "adam"}
    config = load_config(names[optimizer], overrides=["data.train_samples=256", "data.test_samples=64"])
    config = attrs.evolve(config, training=attrs.evolve(config.training, epochs=2))
    expected = run_training(config).digests
    _, plain = trace_training(tmp_path / "plain", config, steps=steps)
    _, detailed = trace_training(tmp_path / "detailed", config, steps=steps, detailed=True)
    assert plain == detailed == expected


def test_equal_runs_have_equal_events(tmp_path: Path) -> None:
    """Threads and parts of a batch change no byte of the events of portable arithmetic."""
    first, _ = trace_training(tmp_path / "first")
    lines = first.files[0].read_bytes()
    settings: list[dict[str, Any]] = [{}, {"threads": 2}, {"micro_batches": 3}, {"micro_batches": 32}]
    for number, named in enumerate(settings):
        other, _ = trace_training(tmp_path / str(number), **named)
        assert other.files[0].read_bytes() == lines
    other, _ = trace_training(tmp_path / "other", load_config("smoke", seed=7))
    assert other.files[0].read_bytes() != lines


@pytest.mark.parametrize("profile", ["portable", "native"])
def test_each_line_holds_the_fingerprint_of_its_array(
    tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every output of every stage has the fingerprint that the array has when its stage is done."""
    seen: dict[str, list[str]] = {}
    follow = TrainingTrace.follow

    def look(self: TrainingTrace, stage: Any) -> list[Any]:  # noqa: ANN401 - a stage
        def note() -> None:
            for name, array in stage.outputs.items():
                seen.setdefault(f"{stage.name} {name}", []).append(fingerprint_array(array))

        return [note, *follow(self, stage)]

    monkeypatch.setattr(TrainingTrace, "follow", look)
    trace, _ = trace_training(tmp_path / "trace", detailed=True, profile=profile)
    found: dict[str, list[str]] = {}
    for line in trace.read_events():
        if line.id.step is not None:
            for tensor in line.event.outputs:
                found.setdefault(f"{line.id.stage} {tensor.name}", []).append(tensor.fingerprint)
    shared = found.keys() & seen.keys()
    assert {"dense_1.output dense_1.output", "dense_2.update dense_2.weight", "loss loss.output_gradient"} <= shared
    assert all(found[name] == seen[name] for name in shared)


def require_known_inputs(trace: Trace) -> None:
    """Require that what the events of steps read has the fingerprint with which it was made."""
    known: dict[str, str] = {}
    checked = 0
    for line in trace.read_events():
        for tensor in line.event.inputs or ():
            if line.id.step is not None and tensor.name in known:
                assert known[tensor.name] == tensor.fingerprint
                checked += 1
        known |= {tensor.name: tensor.fingerprint for tensor in line.event.outputs if line.id.step is not None}
    assert checked > 100


def test_inputs_are_outputs_of_earlier_events(tmp_path: Path) -> None:
    """What an operation reads has the fingerprint with which it was made."""
    trace, _ = trace_training(tmp_path / "trace")
    require_known_inputs(trace)


def make_nested() -> Config:
    """Return a small configuration with layers inside layers, dropout, and buffers."""
    config = load_config("transformer-small", overrides=["data.train_samples=48", "training.epochs=1"])
    *layers, last = config.model.layers
    model = attrs.evolve(config.model, layers=(*layers, BatchNormConfig(), last))
    return attrs.evolve(config, model=model)


def test_layers_inside_layers_are_events(tmp_path: Path) -> None:
    """They are recorded in the order of the data flow; an event of a sum reads both of its terms."""
    trace, digests = trace_training(tmp_path / "trace", make_nested(), detailed=True)
    assert digests == run_training(make_nested()).digests
    events = {line.id.stage: line.event for line in trace.read_events() if line.id.step == 2}
    reads = {stage: [tensor.name for tensor in event.inputs or ()] for stage, event in events.items()}
    assert reads["attention_1_outputs.output"][0] == "attention_1_inputs.output"
    assert reads["residual_1.output"] == ["positions_1.output", "attention_1.output"]
    assert reads["layer_norm_2.output"][0] == "residual_1.output"
    assert reads["residual_1.input_gradient"] == ["residual_2.input_gradient", "layer_norm_1.input_gradient"]
    assert "batch_norm_1.running_mean" in reads["batch_norm_1.output"]
    made = {stage: [tensor.name for tensor in event.outputs] for stage, event in events.items()}
    assert made["batch_norm_1.output"][1:] == ["batch_norm_1.running_mean", "batch_norm_1.running_variance"]
    for name in ("attention_1_inputs", "layer_norm_2", "dense_2", "positions_1", "batch_norm_1"):
        assert f"{name}.weight" in made[f"{name}.update"]


def test_a_nested_trace_holds_the_arrays_as_they_are(tmp_path: Path) -> None:
    """What an event reads is what an earlier one made, and parts of a batch change no byte."""
    config = load_config("transformer-small", overrides=["data.train_samples=48", "training.epochs=1"])
    trace, _ = trace_training(tmp_path / "trace", config)
    require_known_inputs(trace)
    other, _ = trace_training(tmp_path / "other", config, micro_batches=3)
    assert other.files[0].read_bytes() == trace.files[0].read_bytes()


def test_a_changed_label_is_found_in_its_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step that differs is the one with the sample; its labels differ and its signals do not."""
    before, _ = trace_training(tmp_path / "a")

    def load(*arguments: Any) -> Any:  # noqa: ANN401 - a data set
        dataset = load_dataset(*arguments)
        labels = dataset.train_labels.copy()
        labels[5] = (labels[5] + 1) % dataset.classes
        return attrs.evolve(dataset, train_labels=labels)

    monkeypatch.setattr(execute, "load_dataset", load)
    after, _ = trace_training(tmp_path / "b")
    found = compare_traces(before, after)
    assert found.origin is not None
    assert found.origin.a.stage == "dataset"
    second = found.findings.origins[1]
    assert (second.a.stage, [row.name for row in second.outputs]) == ("batch", ["labels"])
    assert found.kind == "data"


@pytest.mark.parametrize("profile", ["portable", "native"])
def test_one_ulp_of_an_initial_weight_is_found(tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first difference is the initial weight."""
    before, _ = trace_training(tmp_path / "a", profile=profile)

    def change(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - a network
        network = build_network(*arguments, **named)
        weight = network.parameters()["dense_2.weight"]
        weight[3, 4] = np.nextafter(weight[3, 4], np.float32(np.inf))
        return network

    monkeypatch.setattr(preparation, "build_network", change)
    after, _ = trace_training(tmp_path / "b", profile=profile)
    found = compare_traces(before, after)
    assert found.origin is not None
    assert (found.origin.a.stage, [row.name for row in found.origin.outputs]) == ("initial_weights", ["dense_2.weight"])


def test_operands_of_an_event_are_kept(tmp_path: Path) -> None:
    """The operands of a product give its result again."""
    trace, _ = trace_training(tmp_path / "trace", detailed=True, captures=[FORWARD], profile="native")
    (path,) = (trace.path / "tensors").iterdir()
    (line,) = [line for line in trace.read_events() if line.id == FORWARD]
    assert path.name == f"{line.number}.npz"
    with np.load(path) as kept:
        product = np.matmul(kept["in.input"], kept["in.dense_1.weight"]) + kept["in.dense_1.bias"]
        assert np.array_equal(product, kept["out.dense_1.output"])
        assert fingerprint_array(kept["out.dense_1.output"]) == line.event.outputs[0].fingerprint


def test_large_arrays_have_fingerprints_of_their_parts(tmp_path: Path) -> None:
    """A weight of more than a mebibyte has chunks, before and after a step."""
    config = load_config("smoke", overrides=["model.layers=[784, 640, 10]", "training.epochs=1"])
    trace, _ = trace_training(tmp_path / "trace", config, detailed=True)
    rows = [line.event for line in trace.read_events() if line.id.stage == "dense_1.update"]
    assert all(len(rows[1].outputs[0].chunks) > 5 for _ in rows)
    inputs = {tensor.name: tensor for tensor in rows[1].inputs or ()}
    assert inputs["dense_1.weight"] == rows[0].outputs[0]


def test_large_weights_are_read_at_some_steps(tmp_path: Path) -> None:
    """Between these steps an event that reads them has no inputs, so that nobody takes them for equal."""
    config = load_config("smoke", overrides=["model.layers=[784, 640, 10]", "training.batch_size=4"])
    trace, _ = trace_training(tmp_path / "trace", config)
    steps = {"weights": set[int | None](), "dense_1.output": set[int | None]()}
    for line in trace.read_events():
        if line.id.epoch == 1 and line.id.step is not None and line.id.stage in steps:
            steps[line.id.stage].add(line.id.step)
            assert line.event.inputs is None
    assert steps == {"weights": {32, 64}, "dense_1.output": set(range(1, 65))}


SHAPES = [(0,), (1,), (3, 5), (4097,), (64, 128), (200, 1000), (700, 800)]


@pytest.mark.parametrize("dtype", ["u1", "<f4", ">f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_prepared_fingerprints_are_the_usual_ones(shape: tuple[int, ...], dtype: str) -> None:
    """Both quick ways give what `fingerprint_array` gives, for every layout."""
    values = np.random.default_rng(1).integers(0, 250, shape).astype(dtype)
    for array in (values, values.T.copy().T, np.repeat(values, 2, axis=0)[::2]):
        expected = fingerprint_array(array)
        prepared = Prepared(array)
        assert f"{prepared.read():016x}" == expected
        assert prepared.read_chunks() == (int(expected, 16), fingerprint_chunks(array) or ["0" * 16])
        staged = Staged()
        slots = [staged.place(name, array) for name in ("a", "b", "c")]
        for _ in range(2):
            for slot in slots:
                slot.copy(array)
            sums = np.empty(3, np.uint64)
            staged.read(sums)
            assert [f"{mark:016x}" for mark in sums.tolist()] == [expected] * 3
