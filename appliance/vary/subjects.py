"""What the program is: which interpreter, which NumPy and BLAS it loads; read once in a child."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import threadpoolctl

from appliance.vary.axis import Launch, Subject
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PYTHON = re.compile(r"(python|pypy)[0-9.]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*")
_FIRST_LINE = 256
_NO_SHELL = "check its name; it is started without a shell: for a line for a shell, give sh -c 'LINE'"
_PROBE = """
import importlib.util, json, sys
found = {{"numpy": None, "blas": [], "features": []}}
try:
    import numpy
    found["numpy"] = numpy.__version__
    try:
        import numpy.linalg
        from numpy._core._multiarray_umath import __cpu_features__ as features
    except ImportError:
        from numpy.core._multiarray_umath import __cpu_features__ as features
    found["features"] = sorted(name for name, there in features.items() if there)
except Exception:
    pass
try:
    spec = importlib.util.spec_from_file_location("threadpoolctl", {file!r})
    module = sys.modules["threadpoolctl"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found["blas"] = module.threadpool_info()
except Exception:
    pass
print("\\n" + json.dumps(found))
"""


def find_python(command: tuple[str, ...], environment: Mapping[str, str], directory: Path) -> Path | None:
    """Return the interpreter of a command that is a program of Python; None for other programs.

    Raises:
        UsageError: there is no such program.
    """
    word = command[0]
    found = _locate(word, environment, directory)
    if found is None:
        raise UsageError("no such program", where=word, remedy=_NO_SHELL)
    if found.name == "env":
        rest = tuple(part for part in command[1:] if not _VARIABLE.fullmatch(part))
        return find_python(rest, environment, directory) if rest and not rest[0].startswith("-") else None
    if _PYTHON.fullmatch(found.name):
        return found
    return _read_first_line(found, environment, directory)


def _locate(word: str, environment: Mapping[str, str], directory: Path) -> Path | None:
    if "/" in word:
        path = directory / word
        return path if path.is_file() else None
    found = shutil.which(word, path=environment.get("PATH"))
    return Path(found) if found else None


def _read_first_line(program: Path, environment: Mapping[str, str], directory: Path) -> Path | None:
    """Return the interpreter that a script names in its first line, if it is one of Python."""
    with program.open("rb") as stream:
        line = stream.readline(_FIRST_LINE).decode("utf-8", errors="replace")
    words = line[2:].split() if line.startswith("#!") else []
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-")]
    if not words or not _PYTHON.fullmatch(Path(words[0]).name):
        return None
    return _locate(words[0], environment, directory)


def read_subject(base: Subject, run: Callable[[Launch], str]) -> Subject:
    """Return what is varied, with what its own Python says of NumPy and BLAS."""
    if base.python is None:
        return base
    command = (str(base.python), "-c", _PROBE.format(file=threadpoolctl.__file__))
    answer = run(Launch(command=command, environment=dict(base.environment), directory=base.scratch))
    try:
        found = json.loads(answer.strip().rpartition("\n")[2])
        return attrs.evolve(
            base, numpy=found["numpy"], blas=tuple(found["blas"]), cpu_features=tuple(found["features"])
        )
    except (ValueError, KeyError, TypeError):
        return base


def relate_paths(command: tuple[str, ...], directory: Path) -> tuple[str, ...]:
    """Return a command in which paths below the working directory are relative, so that they lead into the copy."""
    prefix = f"{directory}/"
    words = [re.sub(rf"^(--?[\w-]+=)?{re.escape(prefix)}", r"\1./", word) for word in command]
    return tuple(words)
