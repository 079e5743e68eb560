"""What a child that was started like the program says of its world."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import cattrs
import threadpoolctl

from appliance.vary.axes.probing import start_probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.vary.axis import Launch, Subject

NAMES = ("b", "d", "a", "e", "c")
_PROBE = r"""
import json, os, sys
found = {}
def look(name):
    def call(function):
        try:
            found[name] = function()
        except Exception as error:
            found.setdefault("failed", {})[name] = "%s: %s" % (type(error).__name__, error)
    return call
@look("python")
def _():
    import platform
    return "%s %s" % (platform.python_implementation(), platform.python_version())
@look("libc")
def _():
    import platform
    return " ".join(platform.libc_ver())
@look("hash")
def _():
    return hash("word")
@look("umask")
def _():
    return os.umask(0)
@look("listing")
def _():
    return os.listdir(sys.argv[2])
@look("epoch")
def _():
    return os.environ["SOURCE_DATE_EPOCH"]
@look("stack")
def _():
    with open("/proc/self/stat") as file:
        return file.read().rpartition(")")[2].split()[25]
@look("local")
def _():
    import time
    moments = (1600000000, 1610000000)
    return [time.localtime(moment)[:5] == time.gmtime(moment)[:5] for moment in moments]
@look("locale")
def _():
    import locale
    locale.setlocale(locale.LC_ALL, "")
    words = sorted(["b", "A", "a", "_", "B"], key=locale.strxfrm)
    encoding = locale.getpreferredencoding(False).lower()
    return ["".join(words), locale.localeconv()["decimal_point"], encoding]
@look("libm")
def _():
    import math, zlib
    parts, x = [], 0.1
    for _ in range(3000):
        x = (x * 1.0001 + 0.37) % 700
        parts += [math.sin(x), math.cos(x), math.exp(x - 350), math.log(x + 0.001), math.pow(x + 0.001, 1.37)]
    return "%08x" % zlib.crc32("".join(map(float.hex, parts)).encode())
if sys.argv[1] == "all":
    @look("numpy")
    def _():
        import numpy
        return numpy.__version__
    @look("simd")
    def _():
        try:
            from numpy._core import _multiarray_umath as m
        except ImportError:
            from numpy.core import _multiarray_umath as m
        return [name for name in m.__cpu_dispatch__ if m.__cpu_features__.get(name)]
    @look("pools")
    def _():
        import importlib.util
        import numpy.linalg
        spec = importlib.util.spec_from_file_location("threadpoolctl", sys.argv[3])
        module = sys.modules["threadpoolctl"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return [[p["internal_api"], str(p.get("architecture") or ""), p["num_threads"], str(p.get("version") or "")]
                for p in module.threadpool_info()]
    @look("packages")
    def _():
        from importlib import metadata
        return sorted({"%s==%s" % (d.metadata["Name"], d.version) for d in metadata.distributions()}, key=str.lower)
print("\n" + json.dumps(found))
"""


@attrs.frozen(kw_only=True)
class Reading:
    """What one child said; None for what it could not say."""

    python: str | None = None
    libc: str | None = None
    hash: int | None = None
    umask: int | None = None
    listing: list[str] | None = None
    epoch: str | None = None
    stack: str | None = None
    local: list[bool] | None = None
    locale: list[str] | None = None
    libm: str | None = None
    numpy: str | None = None
    simd: list[str] | None = None
    pools: list[tuple[str, str, int, str]] | None = None
    packages: list[str] | None = None
    failed: dict[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Readings:
    """Three children: the world, the world again, and the world with the C library's own choice of variants."""

    first: Reading
    second: Reading
    plain: Reading


def read_world(subject: Subject, launch: Launch, run: Callable[[Launch], str], folder: Path) -> Readings:
    """Read the world in children that are started like the program.

    Args:
        subject: the program.
        launch: how it is started.
        run: starts a launch and returns its standard output.
        folder: an empty directory, whose listing is read.
    """
    for name in NAMES:
        (folder / name).touch()
    plain = {name: value for name, value in launch.environment.items() if name != "GLIBC_TUNABLES"}
    words = (str(folder), threadpoolctl.__file__)
    first, second = (start_probe(subject, _PROBE, kind, *words).command for kind in ("all", "quick"))
    return Readings(
        first=_parse(run(attrs.evolve(launch, command=first))),
        second=_parse(run(attrs.evolve(launch, command=second))),
        plain=_parse(run(attrs.evolve(launch, command=second, environment=plain))),
    )


def _parse(answer: str) -> Reading:
    try:
        return cattrs.structure(json.loads(answer.strip().rpartition("\n")[2]), Reading)
    except (ValueError, TypeError, ExceptionGroup):
        return Reading()
