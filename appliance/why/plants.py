"""Differences on purpose: small programs and trainings of which two runs differ in one known thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

FIT = """
import sys
import numpy as np

options = dict(word.split("=", 1) for word in sys.argv[1:])
x = np.load(options.get("x", "x.npy"))
y = np.load(options.get("y", "y.npy"))
w = np.load(options.get("w", "w.npy"))
x = x.astype(options.get("type", "float64"))
if options.get("layout") == "columns":
    x = np.asfortranarray(x)
generator = np.random.default_rng(int(options.get("seed", 1)))
if options.get("extra") == "yes":
    generator.random()
noise = generator.normal(size=int(options.get("noise", 6)))
rate = float(options.get("rate", 0.1))
size = int(options.get("batch", 40))
total = np.sum(x)
for epoch in range(int(options.get("epochs", 3))):
    for start in range(0, len(x), size):
        part = x[start : start + size]
        error = np.dot(part, w) - y[start : start + size]
        w = w - rate * np.dot(part.T, error) / size
np.save("out.npy", w + 0.001 * noise[:6] + 0 * total)
"""
_NUMPY = "import sys, os, time, math, random, ctypes, glob\nimport numpy as np\n"
PROGRAMS: Mapping[str, str] = {
    "fit": FIT,
    "product": _NUMPY + "x = np.linspace(-1, 1, 40000, dtype=np.float32).reshape(200, 200)\n"
    "y = np.sin(x) @ np.cos(x).T\nnp.save('out.npy', np.maximum(y, 0))",
    "long": _NUMPY + "x = np.sin(np.arange(480000, dtype=np.float32)).reshape(40000, 12)\n"
    "y = np.cos(np.arange(40000, dtype=np.float32))\nnp.save('out.npy', x.T @ y)",
    "ranks": _NUMPY + "x = np.arange(4096) % 7\nnp.save('out.npy', np.argsort(x))",
    "legacy": _NUMPY + "np.random.seed(3)\nnp.save('out.npy', np.random.normal(size=200000))",
    "sines": _NUMPY + "x = [math.pow(1 + k * 0.0137, 1.7) + math.sin(k * 0.37) for k in range(20000)]\n"
    "y = np.array(x)\nnp.save('out.npy', y * 2)",
    "small": _NUMPY + "x = np.array([3e-310, 1.0])\nnp.save('out.npy', x * 0.5)",
    "words": _NUMPY + "x = np.array([len(word) for word in set('the jury said it was an open election'.split())])\n"
    "np.save('out.npy', np.cumsum(x))",
    "hashes": _NUMPY + "x = [hash(word) % 1000 for word in ('jury', 'election')]\nnp.save('out.npy', np.array(x))",
    "fresh": _NUMPY + "x = np.empty(5000)\nx[:-4] = np.sin(np.arange(4996))\nnp.save('out.npy', x)",
    "zone": _NUMPY + "day = time.localtime(1600000000).tm_mday\nnp.save('out.npy', np.arange(20) * day)",
    "letters": "import locale\nlocale.setlocale(locale.LC_ALL, '')\n"
    + _NUMPY
    + "x = sorted('aZbz', key=locale.strxfrm)\nnp.save('out.npy', np.array([ord(one) for one in x]))",
    "flipped": _NUMPY + "x = np.linspace(0, 1, 400).reshape(20, 20)\ny = x @ x\n"
    "if os.environ.get('PLANTED'):\n    ctypes.c_uint8.from_address(y.ctypes.data + 83).value ^= 8\n"
    "np.save('out.npy', np.exp(y))",
    "files": _NUMPY + "names = glob.glob('part-*.txt')\nx = np.array([float(open(name).read()) for name in names])\n"
    "np.save('out.npy', np.cumsum(x))",
    "entropy": _NUMPY + "np.save('out.npy', np.random.default_rng().normal(size=10))",
    "unseeded": _NUMPY + "np.save('out.npy', np.random.rand(8))",
    "place": _NUMPY + "x = np.array([ord(letter) for letter in os.getcwd()])\nnp.save('out.npy', x)",
    "old": _NUMPY + "np.random.seed(int(sys.argv[1]))\nnp.save('out.npy', np.random.rand(8))",
    "python": _NUMPY + "g = random.Random(int(sys.argv[1]))\nx = [g.random() for _ in range(5)]\n"
    "np.save('out.npy', np.array(x))",
}  # fmt: skip


@attrs.frozen(kw_only=True)
class Arm:
    """One of two runs.

    Args:
        words: arguments of the program.
        variables: variables that it has.
        axis: an axis with a value that is applied to it.
        folder: the name of its directory.
    """

    words: tuple[str, ...] = ()
    variables: Mapping[str, str] = attrs.field(factory=dict)
    axis: tuple[str, str] | None = None
    folder: str = "work"


@attrs.frozen(kw_only=True)
class Plant:
    """Two runs that differ in one thing.

    Args:
        name: what is planted.
        cause: the right names.
        program: the program, one of `PROGRAMS`; "" for a training of this project.
        a: one run.
        b: the other.
    """

    name: str
    cause: tuple[str, ...]
    program: str
    a: Arm = attrs.field(factory=Arm)
    b: Arm = attrs.field(factory=Arm)


_OTHER = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
"""Decoys: variables that differ beside the planted ones and change nothing."""


def _fit(name: str, cause: str, *words: str) -> Plant:
    return Plant(name=name, cause=(cause,), program="fit", b=Arm(words=words))


def _world(name: str, program: str, a: Mapping[str, str], b: Mapping[str, str]) -> Plant:
    return Plant(name=name, cause=(name,), program=program, a=Arm(variables=a), b=Arm(variables={**_OTHER, **b}))


def _train(name: str, cause: str, *words: str, cores: tuple[str, ...] = ()) -> Plant:
    a, b = ({"OPENBLAS_CORETYPE": core} for core in cores) if cores else ({}, {})
    return Plant(name=name, cause=(cause,), program="", a=Arm(variables=a), b=Arm(words=words, variables=b))


def _core(name: str) -> dict[str, str]:
    return {"OPENBLAS_CORETYPE": name}


def _pool(count: int) -> dict[str, str]:
    return {"OPENBLAS_NUM_THREADS": str(count), "OMP_NUM_THREADS": str(count)}


PLANTS: tuple[Plant, ...] = (
    _world("kernel", "product", _core("Haswell"), _core("Nehalem")),
    _world("threads", "long", _pool(1), _pool(2)),
    Plant(name="simd", cause=("simd",), program="ranks", b=Arm(axis=("simd", "last"), variables=_OTHER)),
    Plant(name="libm in draws", cause=("libm",), program="legacy", b=Arm(axis=("libm", "last"), variables=_OTHER)),
    Plant(name="libm in a list", cause=("libm",), program="sines", b=Arm(axis=("libm", "last"), variables=_OTHER)),
    Plant(name="ftz", cause=("ftz",), program="small", b=Arm(axis=("ftz", "last"), variables=_OTHER)),
    Plant(
        name="memory never written", cause=("memory",), program="fresh",
        a=Arm(axis=("memory", "85")), b=Arm(axis=("memory", "192"), variables=_OTHER),
    ),
    Plant(
        name="order of a set", cause=("hash-seed",), program="words",
        a=Arm(variables={"PYTHONHASHSEED": "0"}), b=Arm(variables={"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}),
    ),
    Plant(name="hash seed, not fixed", cause=("hash-seed",), program="hashes"),
    _world("timezone", "zone", {"TZ": "UTC"}, {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "0"}),
    Plant(name="locale", cause=("locale",), program="letters", b=Arm(axis=("locale", "first"))),
    Plant(name="file order", cause=("file-order",), program="files", b=Arm(axis=("file-order", "reversed"))),
    Plant(name="directory", cause=("directory",), program="place", b=Arm(folder="elsewhere")),
    Plant(name="affinity", cause=("affinity", "threads"), program="long", b=Arm(axis=("affinity", "last"))),
    Plant(name="flipped memory bit", cause=("unknown",), program="flipped", b=Arm(variables={"PLANTED": "1"})),
    Plant(name="seed of the system", cause=("seed",), program="entropy"),
    Plant(name="seed of the system, legacy", cause=("seed",), program="unseeded"),
    Plant(name="seed", cause=("seed",), program="fit", b=Arm(words=("seed=2",), variables=_OTHER)),
    Plant(name="seed, legacy", cause=("seed",), program="old", a=Arm(words=("1",)), b=Arm(words=("2",))),
    Plant(name="seed of Python", cause=("seed",), program="python", a=Arm(words=("1",)), b=Arm(words=("2",))),
    _fit("one draw more", "draw", "extra=yes"),
    _fit("one label", "data", "y=y-label.npy"),
    _fit("one weight", "data", "w=w-one.npy"),
    _fit("a signed zero", "data", "x=x-zero.npy"),
    _fit("one sample more", "data", "x=x-more.npy", "y=y-more.npy"),
    _fit("order of samples", "order", "x=x-turned.npy", "y=y-turned.npy"),
    _fit("columns in memory", "order", "layout=columns"),
    _fit("learning rate, one ulp", "configuration", "rate=0.10000000000000002"),
    _fit("one epoch more", "configuration", "epochs=4"),
    _fit("batch size", "configuration", "batch=20"),
    _fit("type of numbers", "configuration", "type=float32"),
    _fit("number of draws", "configuration", "noise=7"),
    Plant(name="other NumPy", cause=("numpy",), program="ranks", b=Arm(axis=("numpy", "last"))),
    _train("training: kernel", "kernel", cores=("Haswell", "Nehalem")),
    _train("training: threads", "threads", "--threads", "2"),
    _train("training: seed", "seed", "--seed", "2"),
    _train("training: learning rate, one ulp", "configuration", "--set", "optimizer.learning_rate=0.10000000000000002"),
    _train("training: batch size", "configuration", "--set", "training.batch_size=128"),
    _train("training: samples", "data", "--set", "data.train_samples=384"),
)  # fmt: skip
