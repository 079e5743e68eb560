"""Networks exported as ONNX give our outputs in onnxruntime, for every kind of layer; only with the extra onnx."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance import read_run
from appliance.config import parse_settings
from appliance.config.layers import LAYERS
from appliance.errors import DataError
from appliance.exports import export, onnx_export
from appliance.exports.onnx_check import check_model, find_tolerance
from appliance.exports.onnx_graph import Layers
from appliance.exports.onnx_model import make_model
from appliance.exports.request import Request
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from support.every_layer import CAUSAL, NETWORKS
from support.networks import make_config
from verify.digests import digest_arrays
from verify.errors import DifferentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.config.schema import Config
    from appliance.exports.exported import Exported
    from appliance.training.record import Record


@pytest.fixture(scope="module")
def onnx() -> Any:  # noqa: ANN401 - a module
    """Return onnx, if it is there with onnxruntime."""
    pytest.importorskip("onnxruntime")
    return pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def runtime() -> Any:  # noqa: ANN401 - a module
    """Return onnxruntime, if it is there."""
    return pytest.importorskip("onnxruntime")


def export_onnx_file(run: Path, out: Path) -> Exported:
    """Write the network of one run."""
    return export.export_runs("onnx", Request(runs=(run,), out=out))


def make_kind(name: str, precision: str = "f32") -> Config:
    """Return the configuration of a short training of a network with layers of some kinds."""
    settings = make_config(precision=precision).settings()
    settings |= {
        "name": name,
        "model": {"layers": {**NETWORKS, "causal": CAUSAL}[name]},
        "training": {"epochs": 1, "batch_size": 16},
    }
    settings["data"] = {"source": "synthetic", "train_samples": 48, "test_samples": 20}
    return parse_settings(settings, where="a test")


def make_standardised(*, targets: bool) -> Record:
    """Return the record of a regression on standardised features."""
    settings = make_config(precision="f32").settings()
    layers = [{"kind": "dense", "units": 5}, {"kind": "tanh"}, {"kind": "dense", "units": 1}]
    settings |= {"name": "standard", "model": {"layers": layers}}
    settings["data"] = {"source": "regression", "train_samples": 60, "test_samples": 20, "standardize": "feature"}
    settings["training"] = {"epochs": 2, "batch_size": 16, "loss": "mean-squared-error"}
    config = parse_settings(settings, where="a test")
    return run_training(attrs.evolve(config, data=attrs.evolve(config.data, standardize_targets=targets)))


def test_every_kind_of_layer_has_a_counterpart() -> None:
    """A kind that is added to the table is added to the export, too."""
    assert [tag for tag in LAYERS if not hasattr(Layers, f"_add_{tag}")] == []


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", [*NETWORKS, "causal"])
def test_networks_of_every_kind(name: str, precision: str, tmp_path: Path, onnx: Any) -> None:  # noqa: ANN401
    """The model equals native arithmetic to its rounding, and ours within the stated tolerance."""
    write_run(run_training(make_kind(name, precision)), tmp_path / "run")
    found = export_onnx_file(tmp_path / "run", tmp_path / "a.onnx")
    check: Any = found.to_json()["check"]
    assert check["from_native"] < check["native_tolerance"]
    assert check["from_ours"] < check["tolerance"]
    assert check["other_classes"] == 0
    assert onnx.load(tmp_path / "a.onnx").opset_import[0].version == found.to_json()["opset"]


def test_a_changed_network_is_noticed(onnx: Any, runtime: Any) -> None:  # noqa: ANN401 - modules
    """Negative control: another value in one weight is further away than arithmetic can be."""
    record = run_training(make_kind("images"))
    assert record.predictor is not None
    predictor, samples = record.predictor, np.full((3, 28, 28), 200, np.uint8)
    native = attrs.evolve(predictor, profile="native")
    outputs = [side.predict(side.convert(samples)).outputs for side in (predictor, native)]
    changed = {name: np.array(array) for name, array in record.parameters.items()}
    name = next(name for name in changed if name.startswith("conv") and name.endswith("weight"))
    changed[name][0, 0] += 0.5
    for parameters, sound in ((record.parameters, True), (changed, False)):
        model = make_model(onnx, attrs.evolve(predictor, parameters=parameters), {})
        check = check_model((onnx, runtime), model, samples, ours=outputs[0], native=outputs[1], config=record.config)
        if sound:
            check.require()
        else:
            with pytest.raises(DifferentError, match="the exported model gives other outputs"):
                check.require()


@pytest.mark.parametrize("targets", [False, True])
def test_standardisation_is_in_the_graph(targets: bool, tmp_path: Path, onnx: Any, runtime: Any) -> None:  # noqa: ANN401
    """Samples are given as they are stored; targets come in the units of the data."""
    record = make_standardised(targets=targets)
    write_run(record, tmp_path / "run")
    export_onnx_file(tmp_path / "run", tmp_path / "a.onnx")
    with np.load(tmp_path / "a.samples.npz") as arrays:
        samples, outputs = arrays["samples"], arrays["outputs"]
    assert np.abs(samples.mean(axis=0)).max() > 0.01
    assert outputs.tobytes() == record.outputs(samples).tobytes()
    session = runtime.InferenceSession(str(tmp_path / "a.onnx"), providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_outputs()] == ["outputs", *(["targets"] if targets else [])]
    if targets:
        found = session.run(["targets"], {"samples": samples})[0]
        expected = record.predict(samples)
        assert np.abs(found - expected).max() < 2**-5 * np.abs(expected).max()
    assert onnx.load(tmp_path / "a.onnx").graph.input[0].type.tensor_type.shape.dim[1].dim_value == 10


def test_model_carries_the_digests_and_is_the_same_each_time(smoke_run: Path, tmp_path: Path, onnx: Any) -> None:  # noqa: ANN401
    """Its metadata name the run; equal runs give equal files; classes are those of the outputs."""
    for name in ("a", "b"):
        export_onnx_file(smoke_run, tmp_path / f"{name}.onnx")
    for suffix in (".onnx", ".samples.npz"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    texts = {row.key: row.value for row in onnx.load(tmp_path / "a.onnx").metadata_props}
    run = read_run(smoke_run)
    for stage in ("run", "final_weights", "predictions"):
        assert texts[f"repro-appliance.{stage}"] == getattr(run.record.digests, stage)
    with np.load(tmp_path / "a.samples.npz") as arrays:
        held = dict(arrays)
    assert texts["repro-appliance.samples_and_outputs"] == digest_arrays(held)
    assert held["classes"].tolist() == run.predictions["classes"][:32].tolist()


def test_samples_are_drawn_where_the_data_is_not(
    smoke_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    onnx: Any,  # noqa: ANN401
) -> None:
    """The answer says so."""

    def refuse(*_: object) -> None:
        raise DataError("not here", expected="a file", found="nothing")

    monkeypatch.setattr(onnx_export, "load_stored", refuse)
    found = export_onnx_file(smoke_run, tmp_path / "a.onnx")
    assert "drawn" in str(found.to_json()["samples"])
    assert "drawn" in found.format_text()
    assert onnx.load(tmp_path / "a.onnx").ir_version == found.to_json()["ir_version"]


def test_tolerance_follows_from_the_products() -> None:
    """Fast products round more than accurate ones, and those of float64 least."""
    fast, accurate, wide = make_kind("images"), make_kind("sequence"), make_kind("images", "f64")
    assert find_tolerance(fast) > find_tolerance(accurate) > find_tolerance(wide)


def test_without_the_extra_the_remedy_is_named(
    call: Callable[..., int],
    smoke_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One error, exit code 2, and nothing is written."""

    def refuse(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr("appliance.exports.onnx_export.importlib.import_module", refuse)
    with pytest.raises(UsageError, match="onnx is not installed"):
        export_onnx_file(smoke_run, tmp_path / "a.onnx")
    monkeypatch.undo()
    monkeypatch.setattr("appliance.launch.restart.ensure_environment", lambda *_: None)
    assert call("export", smoke_run, "--format", "tensors", "-o", tmp_path / "a.onnx", "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["title"] == "there is no such format"
    assert "onnx" in error["expected"]
    assert list(tmp_path.iterdir()) == []


def test_other_places_are_refused(smoke_run: Path, tmp_path: Path, onnx: Any) -> None:  # noqa: ANN401, ARG001
    """A name with another end, and a directory that is not there."""
    with pytest.raises(UsageError, match="unknown form"):
        export_onnx_file(smoke_run, tmp_path / "a.pb")
    with pytest.raises(UsageError, match="cannot be written"):
        export_onnx_file(smoke_run, tmp_path / "no" / "a.onnx")
