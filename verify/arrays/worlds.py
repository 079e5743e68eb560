"""The world in which a test runs: taken from the fingerprint, compared with the one of the golden."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING

import attrs
import numpy as np

from verify.files.array_golden import ArrayWorld
from verify.host.environment import read_blas
from verify.host.fingerprint import capture

if TYPE_CHECKING:
    from verify.digests import JsonValue

# Fields of the context that can matter to a test; the others are paths, or change with every run.
_CONTEXT = (
    "container", "cpu.", "env.LANG", "env.LC_", "env.TZ", "installed.", "locale", "os.name", "time_zone", "umask",
)  # fmt: skip
# The axis that a field belongs to, the likelier ones first.
_AXES = (
    ("numpy.version", "numpy"),
    ("blas.kernel", "kernel"),
    ("env.OPENBLAS_CORETYPE", "kernel"),
    ("blas.name", "BLAS"),
    ("blas.version", "BLAS"),
    ("blas.build", "BLAS"),
    ("blas.threads", "threads"),
    ("blas.threading_layer", "threads"),
    ("env.OMP_", "threads"),
    ("env.OPENBLAS_", "threads"),
    ("env.MKL_", "threads"),
    ("numpy.dispatch", "simd"),
    ("numpy.baseline", "simd"),
    ("env.NPY_", "simd"),
    ("cpu.features", "simd"),
    ("machine", "cpu"),
    ("byte_order", "cpu"),
    ("libc", "libm"),
    ("env.GLIBC_TUNABLES", "libm"),
    ("function.", "libm"),
    ("subnormal", "ftz"),
    ("python.hash_randomization", "hash-seed"),
    ("env.PYTHONHASHSEED", "hash-seed"),
    ("python.", "python"),
    ("preloaded", "preloaded libraries"),
    ("installed.", "package"),
    ("env.", "environment"),
    ("order.", "order of sums"),
    ("product.", "products"),
    ("cpu.model", "cpu"),
    ("cpu.affinity", "affinity"),
    ("cpu.", "cpu"),
    ("locale", "locale"),
    ("time_zone", "timezone"),
    ("umask", "umask"),
    ("os.name", "operating system"),
    ("container", "container"),
)
_LEFT_OUT = ("env.KMP_DUPLICATE_LIB_OK", "package.")  # threadpoolctl sets the first; `installed.` has the others
_LONGEST = 60
_SAME_PACKAGES = ("numpy",)


@attrs.frozen(kw_only=True)
class Change:
    """One field in which two worlds differ, and the axis that it belongs to."""

    axis: str
    field: str
    expected: str
    found: str


@functools.cache
def _capture_once() -> ArrayWorld:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = capture()
    return ArrayWorld(
        compared={name: value for name, value in found.compared.items() if not name.startswith(_LEFT_OUT)},
        context={name: value for name, value in found.context.items() if name.startswith(_CONTEXT)},
        probes=dict(found.probes),
    )


def capture_world() -> ArrayWorld:
    """Return the world at this moment; threads and kernel of BLAS are read again each time."""
    world = _capture_once()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return attrs.evolve(world, compared={**world.compared, **read_blas()})


def list_changes(expected: ArrayWorld, found: ArrayWorld) -> list[Change]:
    """Return the fields in which two worlds differ, those that are likelier to change bits first."""
    rows = []
    for name in ("compared", "probes", "context"):
        sides = getattr(expected, name), getattr(found, name)
        for field in sorted({*sides[0], *sides[1]}):
            a, b = (side.get(field) for side in sides)
            if a != b and field.removeprefix("installed.") not in _SAME_PACKAGES:
                rows.append(_make_change(field, a, b))
    order = [prefix for prefix, _ in _AXES]
    return sorted(
        rows, key=lambda row: next((i for i, one in enumerate(order) if row.field.startswith(one)), len(order))
    )


def _make_change(field: str, a: JsonValue, b: JsonValue) -> Change:
    axis = next((axis for prefix, axis in _AXES if field.startswith(prefix)), "unknown")
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        texts = [str(item) for item in a], [str(item) for item in b]
        a = "only here: " + ", ".join(item for item in texts[0] if item not in texts[1])
        b = "only here: " + ", ".join(item for item in texts[1] if item not in texts[0])
    return Change(axis=axis, field=field, expected=_shorten(a), found=_shorten(b))


def _shorten(value: JsonValue) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
