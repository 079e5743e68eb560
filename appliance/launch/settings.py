"""Settings of the environment that libraries ignore without a message where they do not know their value.

Standard library only. `pinning` reads their effects back.
"""

from __future__ import annotations

import importlib
import re
import threading
from typing import TYPE_CHECKING

from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Mapping

KERNEL = "OPENBLAS_CORETYPE"
DISABLED = "NPY_DISABLE_CPU_FEATURES"
ENABLED = "NPY_ENABLE_CPU_FEATURES"
_SEPARATORS = re.compile(r"[\s,]+")  # as NumPy separates names


def list_settings(environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the names that each of the three variables holds, without variables that are empty."""
    found = {
        name: tuple(filter(None, _SEPARATORS.split(environ.get(name, "")))) for name in (KERNEL, DISABLED, ENABLED)
    }
    return {name: values for name, values in found.items() if values}


def load_numpy(settings: Mapping[str, tuple[str, ...]]) -> None:
    """Load NumPy, which refuses some settings of CPU features.

    Raises:
        CouldNotJudgeError: NumPy refuses them.
    """
    try:
        importlib.import_module("numpy")
    except (ImportError, RuntimeError) as error:
        raise refuse_setting("NumPy cannot be loaded", tuple(settings), "settings that it accepts", error) from error


def refuse_setting(title: str, names: tuple[str, ...], expected: str, found: object) -> CouldNotJudgeError:
    """Return the error for settings of the environment that cannot be relied on."""
    unset = " ".join(f"-u {name}" for name in names)
    remedy = f"correct the name, or start without it: env {unset} repro-appliance ..."
    return CouldNotJudgeError(title, expected=expected, found=found, where=", ".join(names), remedy=remedy)


def require_threads(count: int) -> None:
    """Start and end the threads that a BLAS will start, because OpenBLAS interrupts the program where it cannot.

    Raises:
        CouldNotJudgeError: the system does not start as many.
    """
    done = threading.Event()
    threads = [threading.Thread(target=done.wait, daemon=True) for _ in range(count - 1)]
    started = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
    except RuntimeError as error:
        raise CouldNotJudgeError(
            "the system starts no more threads",
            expected=f"{count} threads",
            found=f"{len(started) + 1}, then: {error}",
            remedy="use fewer --threads, or allow more processes (docker run --pids-limit, ulimit -u)",
        ) from error
    finally:
        done.set()
        for thread in started:
            thread.join()
