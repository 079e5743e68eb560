"""The run record: what one training run produced, as record.json holds it.

Part of bits 2.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

import attrs

from verify.digests import JsonObject, digest_json
from verify.errors import UsageError
from verify.files.forms import OMIT
from verify.files.inputs import Inputs
from verify.files.kinds import FileKind
from verify.files.limits import ConfigName, Count, Digest, HexFloat, NotEmpty, Pattern
from verify.files.reading import MEBIBYTE
from verify.files.structure import to_json

Profile = Literal["portable", "pinned", "native"]
Precision = Literal["f32", "f64"]
PROFILES: tuple[Profile, ...] = ("portable", "pinned", "native")
Version = Annotated[str, Pattern("[0-9][0-9A-Za-z.+!-]{0,60}")]
SCORES = ("train_loss", "test_loss", "test_accuracy", "test_mean_absolute_error")
Metrics = Annotated[Mapping[str, float], NotEmpty()]


@attrs.frozen(kw_only=True)
class Digests:
    """The digest of every stage of a run, in the order in which a run passes through them; `run` covers the others."""

    dataset: Digest
    initial_weights: Digest
    final_weights: Digest
    history: Digest
    predictions: Digest
    run: Digest


STAGES = tuple(field.name for field in attrs.fields(Digests))


@attrs.frozen(kw_only=True)
class EpochRow:
    """One epoch: mean losses, what else was measured, digest of all parameters at its end.

    Args:
        epoch: counted from 1.
        train_loss: the mean loss of the training samples, each with the weights of its step; in nats for classes.
        test_loss: the mean loss of the test samples.
        test_accuracy: the fraction of right answers; only for classes.
        test_mean_absolute_error: the mean distance from the targets; only for regressions.
        weights: the digest of all parameters.
    """

    epoch: Count
    train_loss: float
    test_loss: float
    test_accuracy: float | None = attrs.field(default=None, metadata={OMIT: True})
    test_mean_absolute_error: float | None = attrs.field(default=None, metadata={OMIT: True})
    weights: Digest

    def scores(self) -> dict[str, float]:
        """Return what was measured in this epoch, by name."""
        found = {name: getattr(self, name) for name in SCORES}
        return {name: value for name, value in found.items() if value is not None}


@attrs.frozen(kw_only=True)
class Sample:
    """One value of a tensor: where it stands, and its exact hexadecimal text."""

    index: tuple[Count, ...]
    value: HexFloat


Samples = Annotated[Mapping[str, Annotated[tuple[Sample, ...], NotEmpty()]], NotEmpty()]


@attrs.frozen(kw_only=True)
class Outcome:
    """What a run is compared by: digests by stage, epochs, final metrics."""

    digests: Digests
    epochs: Annotated[tuple[EpochRow, ...], NotEmpty()]
    metrics: Metrics


@attrs.frozen(kw_only=True)
class RunOutcome(Outcome):
    """What a record and a golden share: what was asked for, what came out, a few exact values.

    Args:
        bits: the version of the arithmetic.
        config: the name of the configuration.
        config_digest: the digest of the settings.
        settings: the whole configuration.
        seed: the seed of all random streams.
        precision: the format of parameters.
        samples: a few exact values of every tensor, to explain a difference.
    """

    bits: Count
    config: ConfigName
    config_digest: Digest
    settings: JsonObject
    seed: Count
    precision: Precision
    samples: Samples


@attrs.frozen(kw_only=True)
class HostCertificate:
    """What was probed of the host before a run: the tier that it guarantees, and the digest of the outcomes."""

    tier: str
    id: str


@attrs.frozen(kw_only=True)
class GoldenComparison:
    """Whether a new run equals its golden.

    Args:
        verdict: "could-not-judge" where there is nothing to compare with.
        sentence: the same in words.
        expected: the golden's run digest, where the run was compared with it.
    """

    verdict: Literal["identical", "different", "could-not-judge"]
    sentence: str
    expected: Digest | None = attrs.field(default=None, metadata={OMIT: True})


_NO_TIMING: Mapping[str, float] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class RunRecord(RunOutcome):
    """The contents of record.json, or what `train --json` prints.

    Program, timing, place and certificate are printed, and stand in machine.json instead of record.json: two equal
    runs have the same record.json byte for byte, also if two versions of the program made them. A record.json may have
    `program`, because earlier versions wrote it there.

    Args:
        profile: the arithmetic.
        inputs: what a sample is; runs of earlier versions do not say it.
        program: the version of the program that made the run, in no digest.
        timing: seconds and rates, in no digest.
        run_dir: where the run was written, in no digest.
        certificate: what is known of the host, in no digest.
        golden: whether the run equals its golden; only printed.
    """

    profile: Profile
    inputs: Inputs | None = attrs.field(default=None, metadata={OMIT: True})
    program: Version | None = attrs.field(default=None, metadata={OMIT: True})
    timing: Mapping[str, float] = attrs.field(default=_NO_TIMING, metadata={OMIT: True})
    run_dir: str | None = attrs.field(default=None, metadata={OMIT: True})
    certificate: HostCertificate | None = attrs.field(default=None, metadata={OMIT: True})
    golden: GoldenComparison | None = attrs.field(default=None, metadata={OMIT: True})

    def drop_circumstances(self) -> "RunRecord":
        """Return what record.json holds: the record without program, times, place, machine and golden."""
        return attrs.evolve(self, program=None, timing=_NO_TIMING, run_dir=None, certificate=None, golden=None)


RECORD = FileKind(
    name="a record",
    schema="repro-appliance/run/1",
    form=RunRecord,
    limit=64 * MEBIBYTE,
    remedy="write it again: repro-appliance train",
)


def parse_profile(text: str) -> Profile:
    """Return the profile of this name.

    Raises:
        UsageError: there is none.
    """
    for profile in PROFILES:
        if profile == text:
            return profile
    raise UsageError("there is no such profile", expected=" or ".join(PROFILES), found=text)


def digest_history(epochs: Iterable[EpochRow]) -> str:
    """Return the digest of all epochs: losses, accuracies and the digests of the parameters."""
    return digest_json([to_json(row) for row in epochs])


def digest_run(bits: int, config_digest: str, digests: Mapping[str, str]) -> str:
    """Return the digest that covers the settings, the bits version and every other digest of a run."""
    parts = {stage: digest for stage, digest in digests.items() if stage != "run"}
    return digest_json({"bits": bits, "config": config_digest, "parts": parts})
