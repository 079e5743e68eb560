"""Prepares the directory that puts the recorder into any Python: a copy of it, its settings, a `sitecustomize`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import verify.tracing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.digests import JsonValue

HOME, COPY = "verify.tracing", "repro_appliance_tracing"
SEARCH = "PYTHONPATH"
_SETTINGS = "settings.json"
_STARTUP = """\
import sys as _trace_sys
from pathlib import Path as _trace_path

from {package} import startup as _trace_startup

_trace_startup.begin(_trace_path({settings!r}))
_trace_sys.path[:] = [entry for entry in _trace_sys.path if entry != {folder!r}]
_trace_own = _trace_sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize
except ImportError:
    pass
_trace_sys.modules.setdefault("sitecustomize", _trace_own)
"""


def stage_recorder(folder: Path, settings: Mapping[str, JsonValue], environment: Mapping[str, str]) -> dict[str, str]:
    """Fill a directory with the recorder, and return the variables of a child that uses it.

    Args:
        folder: an empty directory.
        settings: what `verify.tracing.startup` reads.
        environment: the variables of the child without the recorder.
    """
    package = folder / COPY
    package.mkdir()
    for path in sorted(Path(verify.tracing.__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8").replace(HOME, COPY)
        (package / path.name).write_text(text, encoding="utf-8")
    (folder / _SETTINGS).write_text(json.dumps(settings), encoding="utf-8")
    startup = _STARTUP.format(package=COPY, settings=str(folder / _SETTINGS), folder=str(folder))
    (folder / "sitecustomize.py").write_text(startup, encoding="utf-8")
    search = ":".join([str(folder), *filter(None, [environment.get(SEARCH)])])
    return {**environment, SEARCH: search}
