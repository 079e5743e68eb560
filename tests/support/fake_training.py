"""Replaces training: returns a plausible record at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from support.specimens import HERE, make_record, parse_record
from verify.files.fingerprint import Fingerprint

if TYPE_CHECKING:
    from appliance.config import Config
    from verify.files.record import RunRecord

FINGERPRINT = Fingerprint(
    compared={"numpy.version": "2.4.4", "machine": "x86_64", "python.version": "3.13.14"},
    context={},
    probes={},
    class_digest=HERE,
)


@attrs.define
class FakeRun:
    """What training returns, as far as the command line uses it."""

    record: dict[str, Any]
    fingerprint: Fingerprint = FINGERPRINT

    def to_file(self) -> RunRecord:
        """Return the record as it is written in record.json."""
        return parse_record(self.record)

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return self.record


@attrs.define
class FakeTraining:
    """Replaces `run_training`: records its calls, adds `drift` to the last loss, or raises `error`."""

    drift: float = 0.0
    error: Exception | None = None
    calls: list[tuple[str, str]] = attrs.field(factory=list)

    def __call__(self, config: Config, *, profile: str = "portable", **_: object) -> FakeRun:
        """Return the run of a configuration, without training."""
        self.calls.append((config.name, profile))
        if self.error is not None:
            raise self.error
        record = make_record(config.name, profile)
        record |= {
            "settings": config.settings(),
            "config_digest": config.digest(),
            "precision": config.precision,
            "seed": config.seed,
        }
        record["epochs"][-1]["train_loss"] += self.drift
        return FakeRun(record)
