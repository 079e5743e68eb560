"""An ONNX model compared with our predictions: by onnxruntime, within stated tolerances."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.exports.onnx_model import INPUT, OUTPUT
from verify.errors import CouldNotJudgeError, DifferentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from appliance.config.layer_settings import LayerSettings
    from appliance.config.schema import Config
    from verify.digests import JsonObject

_SAME_ARITHMETIC = {"f32": 2.0**-14, "f64": 2.0**-22}
_FAST, _ACCURATE, _WIDE = 2.0**-5, 2.0**-14, 2.0**-18


@attrs.frozen(kw_only=True)
class OnnxCheck:
    """How far the outputs of a model are from ours, as shares of the largest output.

    Two comparisons are made. With the same parameters in native arithmetic, which rounds as the runtime does, only the
    order of sums differs; this shows that the graph is the same network. Portable arithmetic also rounds the operands
    of products, to 9 and 11 bits where they are fast, so it is further away; this shows how far.

    Args:
        runtime: what ran the model, with its version.
        samples: how many were compared.
        from_native: the largest difference from native arithmetic.
        native_tolerance: what is allowed there.
        from_ours: the largest difference from our predictions.
        tolerance: what is allowed there.
        other_classes: samples with another largest output than ours.
    """

    runtime: str
    samples: int
    from_native: float
    native_tolerance: float
    from_ours: float
    tolerance: float
    other_classes: int

    def require(self) -> None:
        """Make sure that both differences are within their tolerances.

        Raises:
            DifferentError: one is not.
        """
        for what, found, allowed in (
            ("native arithmetic", self.from_native, self.native_tolerance),
            ("our predictions", self.from_ours, self.tolerance),
        ):
            if not found <= allowed:
                raise DifferentError(
                    "the exported model gives other outputs",
                    expected=f"at most {allowed:.2g} of the largest output from {what}",
                    found=f"{found:.2g}",
                    where=self.runtime,
                )

    def to_json(self) -> JsonObject:
        """Return the check as a JSON object."""
        return attrs.asdict(self)


def find_tolerance(config: Config) -> float:
    """Return how far outputs may be from those of arithmetic that rounds no operands, as a share of the largest one.

    Products of float64 round operands to about 22 bits, accurate products of float32 to 21 bits, fast ones to 9 and 11
    bits. The tolerances are some four times what was measured for networks of all kinds of layers.
    """
    if config.precision == "f64":
        return _WIDE
    accurate = any(layer.needs_accurate_products for layer in config.model.layers)
    products = [product or ("accurate" if accurate else "fast") for product in _list_products(config.model.layers)]
    return _FAST if "fast" in products else _ACCURATE


def _list_products(layers: Sequence[LayerSettings]) -> Iterator[str]:
    for layer in layers:
        product = getattr(layer, "product", None)
        if product is not None:
            yield product
        yield from _list_products(layer.inner)


def check_model(
    modules: tuple[Any, Any],
    model: Any,  # noqa: ANN401 - an onnx.ModelProto
    samples: NDArray[Any],
    *,
    ours: NDArray[Any],
    native: NDArray[Any],
    config: Config,
) -> OnnxCheck:
    """Run a model on samples and compare its outputs.

    Args:
        modules: onnx and onnxruntime.
        model: the model.
        samples: as they are stored.
        ours: our outputs.
        native: those of native arithmetic.
        config: the configuration.

    Raises:
        CouldNotJudgeError: the model cannot be run.
    """
    outputs, runtime = _run(*modules, model, samples)
    scale = max(float(np.abs(ours).max()), np.finfo(ours.dtype).tiny)
    return OnnxCheck(
        runtime=runtime,
        samples=len(samples),
        from_native=float(np.abs(outputs - native).max()) / scale,
        native_tolerance=_SAME_ARITHMETIC[config.precision],
        from_ours=float(np.abs(outputs - ours).max()) / scale,
        tolerance=find_tolerance(config),
        other_classes=int(np.count_nonzero(outputs.argmax(axis=1) != ours.argmax(axis=1))),
    )


def _run(onnx: Any, runtime: Any, model: Any, samples: NDArray[Any]) -> tuple[NDArray[Any], str]:  # noqa: ANN401
    """Return the outputs of a model, and what ran it.

    Onnxruntime has no convolution and no error function for float64; such models run in the evaluator of ONNX itself.
    """
    unable = runtime.capi.onnxruntime_pybind11_state.NotImplemented
    try:
        options = runtime.SessionOptions()
        options.log_severity_level = 4
        session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return session.run([OUTPUT], {INPUT: samples})[0], f"onnxruntime {runtime.__version__}"
    except unable:
        evaluator = importlib.import_module("onnx.reference").ReferenceEvaluator(model)
        return evaluator.run([OUTPUT], {INPUT: samples})[0], f"the reference evaluator of onnx {onnx.__version__}"
    except Exception as error:  # whatever the runtime raises
        raise CouldNotJudgeError("the exported model cannot be run", found=error, where="onnxruntime") from error
