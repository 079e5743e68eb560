"""The fingerprint of a machine, as `fingerprint --json` prints it."""

from collections.abc import Mapping

import attrs

from verify.digests import JsonObject, JsonValue, digest_json
from verify.escaping import clean_line
from verify.files.forms import KEY
from verify.files.kinds import FileKind
from verify.files.limits import Digest
from verify.files.reading import MEBIBYTE

_CLASS_FIELDS = (
    "machine",
    "byte_order",
    "libc",
    "numpy.version",
    "numpy.baseline",
    "numpy.dispatch",
    "cpu.features",
    "blas.build_name",
    "blas.build_version",
    "blas.name",
    "blas.version",
    "blas.kernel",
    "blas.threading_layer",
    "blas.threads",
)


@attrs.frozen(kw_only=True)
class MachineSummary:
    """The few fields that say on what a golden was made; None for what could not be read."""

    python: str | None = None
    numpy: str | None = None
    machine: str | None = None
    byte_order: str | None = None
    libc: str | None = None
    blas: str | None = None
    blas_version: str | None = None
    blas_kernel: str | None = None

    def describe(self) -> str:
        """Return the summary in a few words that are safe to show: "numpy 2.4.4, x86_64, SkylakeX"."""
        parts = (f"numpy {self.numpy}" if self.numpy else None, self.machine, self.blas_kernel or self.blas)
        return clean_line(", ".join(part for part in parts if part)) or "unknown"


@attrs.frozen(kw_only=True)
class Fingerprint:
    """The environment of a run.

    Args:
        compared: the fields by which two environments are compared, by dotted name.
        context: fields that describe the machine and are never compared.
        probes: short values and digests of native operations, by name.
        class_digest: the digest of what decides native bits; see `digest_class`.
    """

    compared: JsonObject
    context: JsonObject
    probes: Mapping[str, str]
    class_digest: Digest = attrs.field(metadata={KEY: "class"})

    def summarize(self) -> MachineSummary:
        """Return the few fields that say on what a golden was made."""
        return MachineSummary(
            python=self._find_text("python.version"),
            numpy=self._find_text("numpy.version"),
            machine=self._find_text("machine"),
            byte_order=self._find_text("byte_order"),
            libc=self._find_text("libc"),
            blas=self._find_text("blas.name") or self._find_text("blas.build_name"),
            blas_version=self._find_text("blas.version") or self._find_text("blas.build_version"),
            blas_kernel=self._find_text("blas.kernel"),
        )

    def _find_text(self, name: str) -> str | None:
        value = self.compared.get(name)
        return None if value is None else str(value)


FINGERPRINT = FileKind(
    name="a fingerprint",
    schema="repro-appliance/fingerprint/1",
    form=Fingerprint,
    limit=4 * MEBIBYTE,
    remedy="write it again with this version: repro-appliance fingerprint --json > FILE",
)


def digest_class(compared: JsonObject, probes: Mapping[str, str]) -> str:
    """Return the digest of what decides native bits: two machines of one class agree bit for bit in `native`."""
    fields: dict[str, JsonValue] = {name: compared.get(name) for name in _CLASS_FIELDS}
    return digest_json({"schema": FINGERPRINT.schema, "fields": fields, "probes": dict(probes)})


def build_fingerprint(compared: JsonObject, context: JsonObject, probes: Mapping[str, str]) -> Fingerprint:
    """Return the fingerprint that these fields make."""
    return Fingerprint(compared=compared, context=context, probes=probes, class_digest=digest_class(compared, probes))
