"""What one training run produced, and the digests that stand for it.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from verify.bits import BITS_VERSION
from verify.errors import UsageError
from verify.files import record as files
from verify.files.record import (
    RECORD,
    Digests,
    EpochRow,
    HostCertificate,
    RunRecord,
    Sample,
    digest_history,
    parse_profile,
)
from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from appliance.config.schema import Config
    from appliance.training.prediction import Predictor
    from verify.conformance.certificate import Certificate
    from verify.digests import JsonValue
    from verify.files.fingerprint import Fingerprint

    Arrays = Mapping[str, NDArray[np.generic]]

__all__ = ["EpochRow", "Record", "digest_history", "digest_run", "pick_samples"]

_SAMPLES_PER_TENSOR = 5


@attrs.frozen(kw_only=True, eq=False)
class Record:
    """The outcome of a run; `timing` (seconds), the fingerprint and the certificate are in it but in no digest.

    `parameters` are the final weights by name, `predictions` the logits and classes of the test set; `fingerprint` is
    the full description of the machine; `certificate` is what was probed of the host before portable arithmetic began,
    None for other profiles; `predictor` makes predictions.

    >>> from appliance import load_config, train
    >>> record = train(load_config("smoke"))
    >>> record.profile, len(record.epochs), sorted(record.parameters)[0]
    ('portable', 2, 'dense_1.bias')
    """

    config: Config
    profile: str
    digests: dict[str, str]
    metrics: Mapping[str, float]
    epochs: tuple[EpochRow, ...]
    samples: Mapping[str, tuple[Sample, ...]]
    timing: Mapping[str, float]
    parameters: Mapping[str, NDArray[np.floating[Any]]]
    predictions: Mapping[str, NDArray[np.generic]]
    fingerprint: Fingerprint
    certificate: Certificate | None = None
    predictor: Predictor | None = None

    def outputs(self, x: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the network's outputs (m, c) for samples (m, ...), as they were before they were standardised.

        In the profile portable the outputs of a sample do not depend on the samples beside it.

        Raises:
            DataError: the samples are others than those of the training.
        """
        predictor = self._require_predictor()
        return predictor.predict(predictor.convert(x)).outputs

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """Return the predicted classes of samples (m, ...), as labels are; or the targets (m, t) of a regression.

        Targets have the units of the data, also where they were standardised.

        Raises:
            DataError: the samples are others than those of the training.
        """
        predictor = self._require_predictor()
        return predictor.predict(predictor.convert(x)).values

    def _require_predictor(self) -> Predictor:
        if self.predictor is None:
            raise UsageError("a record without a description of its inputs cannot predict", where=self.config.name)
        return self.predictor

    def to_file(self) -> RunRecord:
        """Return the record without arrays and fingerprint, as `train --json` prints it."""
        return RunRecord(
            bits=BITS_VERSION,
            config=self.config.name,
            config_digest=self.config.digest(),
            settings=self.config.settings(),
            seed=self.config.seed,
            profile=parse_profile(self.profile),
            inputs=None if self.predictor is None else self.predictor.inputs,
            precision=self.config.precision,
            digests=Digests(**self.digests),
            metrics=self.metrics,
            epochs=self.epochs,
            samples=self.samples,
            program=__version__,
            timing=self.timing,
            certificate=self._summarize_certificate(),
        )

    def _summarize_certificate(self) -> HostCertificate | None:
        known = self.certificate
        return None if known is None else HostCertificate(tier=known.tier, id=known.digest)

    def to_json(self) -> dict[str, JsonValue]:
        """Return what `to_file` returns as a JSON object."""
        return RECORD.to_json(self.to_file())


def pick_samples(arrays: Arrays) -> dict[str, tuple[Sample, ...]]:
    """Return a few values of every array at fixed places, as exact hexadecimal text, to explain a difference."""
    return {name: _pick_samples(arrays[name]) for name in sorted(arrays)}


def _pick_samples(array: NDArray[np.generic]) -> tuple[Sample, ...]:
    flat = array.reshape(-1)
    places = sorted({round(k * (flat.size - 1) / (_SAMPLES_PER_TENSOR - 1)) for k in range(_SAMPLES_PER_TENSOR)})
    return tuple(Sample(index=_unravel(place, array.shape), value=float(flat[place]).hex()) for place in places)


def _unravel(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index = []
    for length in reversed(shape):
        place, rest = divmod(place, length)
        index.append(rest)
    return tuple(index[::-1])


def digest_run(config: Config, parts: Mapping[str, str]) -> str:
    """Return the digest that covers the settings, the bits version and every other digest of a run."""
    return files.digest_run(BITS_VERSION, config.digest(), parts)
