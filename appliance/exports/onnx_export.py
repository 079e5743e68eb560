"""A run directory exported as an ONNX model, with samples beside it."""

from __future__ import annotations

import importlib
import io
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.inputs import read_preparation
from appliance.data.named_samples import load_stored
from appliance.errors import ConfigurationError, DataError
from appliance.exports.exported import Exported
from appliance.exports.onnx_check import check_model
from appliance.exports.onnx_model import CLASSES, IR_VERSION, OPSET, OUTPUT, make_model
from appliance.runs.read_back import read_run
from appliance.streams import draw_uniform, draw_words
from verify.digests import digest_arrays, digest_bytes
from verify.errors import UsageError
from verify.files.writing import require_directory, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.exports.request import Request
    from appliance.runs.read_back import StoredRun
    from appliance.training.prediction import Predictor

_SAMPLES = 32
_BYTES, _TOKENS = 1 << 8, 1 << 31
_WHAT = "the exported model"
_SUFFIX = ".onnx"


def export_onnx(request: Request) -> Exported:
    """Write the network of a run as an ONNX model, and some samples with our outputs beside it.

    The samples are the first ones of the run's test part, or drawn numbers where its data is not here. The model is
    run on them first; nothing is written if its outputs are too far from ours.

    Args:
        request: one run, and the model to write, a name that ends in .onnx; the samples have it with .samples.npz.

    Raises:
        UsageError: onnx or onnxruntime is not installed, the files cannot be written, or a layer cannot be exported.
        CouldNotJudgeError: the run contradicts itself, or the model cannot be run.
        DifferentError: the outputs of the model are too far from ours.
    """
    modules = _import("onnx"), _import("onnxruntime")
    request.require_suffix(_SUFFIX)
    out = request.out
    require_directory(out, what=_WHAT)
    run = read_run(request.only_run)
    with run.open_predictor() as predictor:
        samples, origin = _find_samples(run, predictor, request.data_dir)
        found = predictor.predict(predictor.convert(samples, run.config.data))
        native = attrs.evolve(predictor, profile="native").predict(predictor.convert(samples, run.config.data))
        arrays = {"samples": samples, OUTPUT: found.outputs}
        if "classes" in found.arrays:
            arrays[CLASSES] = found.arrays["classes"]
        texts = _describe(run, digest_arrays(arrays), origin)
        model = make_model(modules[0], predictor, texts)
        check = check_model(modules, model, samples, ours=found.outputs, native=native.outputs, config=predictor.config)
    check.require()
    beside = out.with_suffix(".samples.npz")
    written = {out: model.SerializeToString(deterministic=True), beside: _format_arrays(arrays)}
    for path, content in written.items():
        write_whole(path, content, what=_WHAT)
    return Exported(
        form="onnx",
        runs=(run.record,),
        files={path: digest_bytes(content) for path, content in written.items()},
        details={"opset": OPSET, "ir_version": IR_VERSION, "samples": origin, "check": check.to_json()},
        lines=(
            f"opset {OPSET}; {len(samples)} samples: {origin}",
            f"{check.runtime}: largest difference {check.from_ours:.2g} of the largest output",
            f"  from our predictions (allowed: {check.tolerance:.2g}), {check.from_native:.2g} from native",
            f"  arithmetic (allowed: {check.native_tolerance:.2g}); {check.other_classes} samples with another class",
        ),
    )


def _import(name: str) -> Any:  # noqa: ANN401 - a module without types
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            f"{name} is not installed",
            expected=f"the package {name}",
            found=error,
            where="export --format onnx",
            remedy="pip install 'repro-appliance[onnx]'",
        ) from error


def _describe(run: StoredRun, samples: str, origin: str) -> dict[str, str]:
    """Return what the model says of itself: nothing that depends on the machine."""
    record = run.record
    known = {
        "schema": "repro-appliance/onnx/1",
        "config": record.config,
        "config_digest": record.config_digest,
        "bits": str(record.bits),
        "profile": record.profile,
        "precision": record.precision,
        "run": record.digests.run,
        "dataset": record.digests.dataset,
        "final_weights": record.digests.final_weights,
        "predictions": record.digests.predictions,
        "samples": origin,
        "samples_and_outputs": samples,
    }
    return {f"repro-appliance.{name}": text for name, text in known.items()}


def _find_samples(run: StoredRun, predictor: Predictor, data_dir: Path | None) -> tuple[NDArray[Any], str]:
    """Return some samples as they are stored, and what they are."""
    inputs, data = predictor.inputs, run.config.data
    try:
        dataset = load_stored(data.source, data, run.config.seed, data_dir)
        rows = dataset.test_features.read(0, _SAMPLES).reshape(-1, *inputs.shape)
        return np.array(rows, dtype=inputs.dtype), f"the first ones of the test part of {data.source}"
    except (ConfigurationError, DataError):
        return _draw_samples(predictor), "drawn, because the data of the run is not here"


def _draw_samples(predictor: Predictor) -> NDArray[Any]:
    """Return drawn samples: bytes, tokens of the embedding, or numbers around the means of the training."""
    inputs, first = predictor.inputs, predictor.config.model.layers[0]
    size = _SAMPLES * inputs.features
    if inputs.dtype != "float32":
        most = min(getattr(first, "entries", _BYTES), _BYTES if inputs.dtype == "uint8" else _TOKENS)
        words = (draw_words(size, 0, "export") >> np.uint64(33)) % np.uint64(most)
        return words.astype(inputs.dtype).reshape(-1, *inputs.shape)
    values = draw_uniform(size, 0, "export").reshape(_SAMPLES, -1) * 2.0 - 1.0
    scale = read_preparation(inputs).scale
    if scale is not None:
        values = values * scale.deviations + scale.means
    return values.astype(np.float32).reshape(-1, *inputs.shape)


def _format_arrays(arrays: dict[str, NDArray[Any]]) -> bytes:
    binary = io.BytesIO()
    np.savez(binary, **arrays)  # type: ignore[arg-type]
    return binary.getvalue()
