"""What a process holds outside of all objects of a training: global generators, and settings of libraries."""

from __future__ import annotations

import decimal
import gc
import locale
import os
import random
import signal
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

from appliance.proving.values import describe_state


def list_surroundings() -> dict[str, object]:
    """Return the states of the global generators and the settings of the process by name."""
    return {
        "random (global generator)": describe_state(getattr(random, "_inst")),  # noqa: B009 - it has no public name
        "numpy.random (global generator)": describe_state(np.random.mtrand._rand),  # noqa: SLF001 - as above
        "torch (global generator)": _digest_torch(),
        "numpy.errstate": np.geterr(),
        "numpy print options": {name: str(value) for name, value in np.get_printoptions().items()},
        "environment": dict(sorted(os.environ.items())),
        "working directory": str(Path.cwd()),
        "threads of BLAS": [(pool["internal_api"], pool["num_threads"]) for pool in threadpoolctl.threadpool_info()],
        "threads of Python": sorted(thread.name for thread in threading.enumerate()),
        "warnings.filters": " ".join(
            f"{kind}:{_tell_pattern(message)}:{_name(category)}:{_tell_pattern(module)}:{line}"
            for kind, message, category, module, line in warnings.filters
        ),
        "decimal context": str(decimal.getcontext()),
        "locale": locale.setlocale(locale.LC_ALL),
        "signal handlers": {str(one): str(_name(signal.getsignal(one))) for one in sorted(signal.valid_signals())},
        "import path": list(sys.path),
        "recursion limit": sys.getrecursionlimit(),
        "garbage collector": (gc.isenabled(), gc.get_threshold()),
        "trace functions": [_name(sys.gettrace()), _name(sys.getprofile())],
    }


def _digest_torch() -> str:
    """Return the state of PyTorch's global generator where the program has imported it."""
    library: Any = sys.modules.get("torch")
    return "not imported" if library is None else str(describe_state(library.default_generator))


def _tell_pattern(found: object) -> str:
    return str(getattr(found, "pattern", found))


def _name(found: object) -> str:
    return getattr(found, "__qualname__", None) or str(found)
