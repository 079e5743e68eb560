"""The laws that bind one source file at a time, with texts that break or keep each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from laws import arithmetic, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from laws.source import Source


@attrs.frozen(kw_only=True)
class Law:
    """What one source file may not do, the rooms it does not bind, and texts that break or keep it."""

    find: Callable[[Source], Iterator[tuple[int, str]]]
    exempt: tuple[str, ...] = ()
    broken: tuple[str, ...]
    kept: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.find.__name__


# The rooms in which floating-point order is decided, or native arithmetic is the subject.
_ARITHMETIC = (
    "appliance.numerics",
    "appliance.data.moments",  # exact sums
    "appliance.verification.broken_trainings",
    "appliance.layers.dense",
    "appliance.losses.binary_cross_entropy",
    "appliance.losses.cross_entropy",
    "appliance.losses.squared_error",
    "appliance.twins",  # PyTorch's arithmetic
    "appliance.portable.estimates",
    "appliance.portable.products",
    "appliance.portable.rounded_sums",
    "appliance.benchmark",
    "verify.conformance",
    "verify.host.probes",
    "appliance.why.fingerprints",
    "verify.tracing.fingerprints",
    "verify.tracing.prepared",
)

LAWS = (
    Law(
        find=arithmetic.find_products,
        exempt=_ARITHMETIC,
        broken=("c = a @ b", "a @= b"),
        kept=("@cache\ndef f(): ...",),
    ),
    Law(
        find=arithmetic.find_reductions,
        exempt=_ARITHMETIC,
        broken=(
            "x.sum()",
            "(a - b).mean(axis=0)",
            "x.dot(y)",
            "import numpy\nnumpy.sum(x)",
            "import numpy as np\nf = np.einsum",
            "from numpy import matmul",
            "import numpy as np\nnp.add.reduce(x)",
            "import numpy as np\nnp.linalg.norm(x)",
        ),
        kept=("from appliance.numerics import sums\nsums.sum(x)", "import numpy as np\nnp.abs(x).max()"),
    ),
    Law(
        find=arithmetic.find_transcendentals,
        exempt=_ARITHMETIC,
        broken=(
            "import numpy as np\nnp.exp(x)",
            "import numpy as np\nf = map(np.tanh, x)",
            "from math import log",
            "import math as m\nm.cos(x)",
        ),
        kept=(
            "import math\nmath.isfinite(x)",
            "from appliance.numerics import functions\nfunctions.exp(x)",
            "log.exp(x)",
        ),
    ),
    Law(
        find=arithmetic.find_powers,
        exempt=_ARITHMETIC,
        broken=("beta**step", "x **= 2", "10.0**n", "pow(x, y)"),
        kept=("2.0**-53", "2**n", "10**6", "0.5**k"),
    ),
    Law(
        find=arithmetic.find_builtin_sums,
        exempt=_ARITHMETIC,
        broken=("sum(losses)", "sum(x * y for x in z)"),
        kept=("sum(1 for x in y)", "sum(t.size for t in ts)", "sum(len(x) for x in y)"),
    ),
    Law(
        find=surroundings.find_clocks,
        exempt=(
            "appliance.benchmark",
            "appliance.checkpoints",
            "appliance.cli",
            "appliance.fleet.compare",
            "appliance.twins.torch_training",
            "appliance.processes.child",
            "appliance.proving.execute",
            "appliance.proving.spreading",
            "appliance.runs",
            "appliance.shrink.execute",
            "appliance.training.execute",
            "appliance.vary.execute",
            "appliance.why.planted",
            "appliance.verification.verify",
            "verify.conformance.runtime",
            "verify.host.world",
            "verify.startup.signals",
        ),
        broken=(
            "import time\ntime.time()",
            "from time import perf_counter",
            "from datetime import datetime\ndatetime.now()",
            "import datetime as d\nd.date.today()",
        ),
        kept=("import time\ntime.sleep(1)", "record.time()"),
    ),
    Law(
        find=surroundings.find_variables,
        exempt=(
            "appliance.benchmark.fresh",
            "appliance.cli",
            "appliance.data.locate",
            "appliance.launch",
            "appliance.fleet.invocations",
            "appliance.proving.surroundings",
            "appliance.replay.training",
            "verify.host.channel",
            "verify.host.libraries",
            "verify.host.environment",
            "verify.tracing.world",
            "verify.files.goldens",
            "verify.startup",
        ),
        broken=("import os\nos.environ['CI']", "from os import getenv", "import os as o\no.putenv('a', 'b')"),
        kept=("import os\nos.fsync(3)",),
    ),
    Law(
        find=surroundings.find_chance,
        exempt=(
            "appliance.launch",
            "appliance.proving.planting",  # a fault of the global generator
            "appliance.proving.surroundings",  # looks at generators
            "appliance.proving.values",
            "appliance.streams",
            "verify.conformance",
        ),
        broken=(
            "import random\nrandom.random()",
            "import numpy as np\nnp.random.default_rng(0)",
            "from uuid import uuid4",
            "import os\nos.urandom(8)",
        ),
        kept=("from appliance.numerics import streams\nstreams.random(8)",),
    ),
    Law(
        find=surroundings.find_patches,
        broken=(
            "from unittest import mock",
            "import unittest.mock as m",
            "def f():\n    from unittest.mock import patch",
        ),
        kept=("import unit",),
    ),
    Law(
        find=surroundings.find_processes,
        exempt=("appliance.processes.child", "verify.arrays.rerun", "verify.startup.restart"),
        broken=(
            "import subprocess\nsubprocess.run(['a'])",
            "from subprocess import Popen",
            "import os\nos.execve('a', [], {})",
            "from multiprocessing import Pool",
            "import os as o\no.system('a')",
        ),
        kept=("from appliance.processes import child\nchild.run_attached(c)", "import os\nos.getpid()"),
    ),
    Law(
        find=surroundings.find_identity_hashes,
        exempt=("appliance.launch.hashing", "appliance.proving.graph"),
        broken=("hash(name)", "key = id(x)"),
        kept=("def f(hash): return digest(hash)",),
    ),
    Law(
        find=surroundings.find_unstable_sorts,
        exempt=("verify.host.probes",),
        broken=(
            "import numpy as np\nnp.argsort(x)",
            "import numpy as np\nnp.sort(x, kind='quicksort')",
            "x.argsort()",
            "from numpy import sort\nsort(x)",
        ),
        kept=("import numpy as np\nnp.argsort(x, kind='stable')", "rows.sort()", "'a.b'.partition('.')"),
    ),
    Law(
        find=surroundings.find_unsorted_listings,
        broken=("for p in d.iterdir(): ...", "import os\nos.listdir(d)", "[p.name for p in d.glob('*')]"),
        kept=("for p in sorted(d.iterdir()): ...", "sorted(p.name for p in d.glob('*'))", "any(d.iterdir())"),
    ),
    Law(
        find=surroundings.find_set_iteration,
        broken=(
            "for x in {1, 2}: ...",
            "[x for x in set(y)]",
            "names = set(a)\nfor n in names: ...",
            "def f(names: frozenset[str]): return list(names)",
            "','.join({a for a in b})",
            "for x in set(a) | b: ...",
            "f(*{1, 2})",
        ),
        kept=(
            "for x in sorted({1, 2}): ...",
            "sorted(x for x in set(y))",
            "1 in {1, 2}",
            "len(set(x))",
            "{x for x in set(y)}",
        ),
    ),
)
