"""Compiles watched modules, also the program itself, so that calls and operators can be recorded.

A finder stands before all others and gives watched modules another loader. Python runs the program's own file by
itself, but first asks the path hooks whether the file is an archive: the hook of this module says yes and gives Python
the changed code.
The program then repairs what differs from a file that Python runs itself: `sys.path[0]`, `__spec__` and other names.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from typing import TYPE_CHECKING

from verify.tracing import calls, operators
from verify.tracing.rewriting import PREFIX, compile_watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

_START = os.getcwd()


class Watched:
    """The modules that are watched.

    Args:
        names: names of modules and packages; a package stands for all in it.
        note: called with what could not be watched.
    """

    def __init__(self, names: Sequence[str], note: Callable[[str], None]) -> None:
        self.names = tuple(names)
        self.files: dict[str, str] = {}  # path: name of the module
        self.note = note

    def covers(self, module: str) -> bool:
        """Tell whether a module is watched."""
        return any(module == name or module.startswith(name + ".") for name in self.names)

    def compile(self, data: bytes, path: str, module: str, *, main: bool = False) -> Any:  # noqa: ANN401 - a code object
        """Return the changed code of a watched module; the plain code where that fails."""
        self.files[path] = module
        try:
            return compile_watched(data, path, show_path(path), main=main)
        except SyntaxError:
            raise
        except Exception as error:  # noqa: BLE001 - the program must run as it is
            self.note(f"{module}: calls and operators ({type(error).__name__})")
            return compile(data, path, "exec", dont_inherit=True)


def show_path(path: str) -> str:
    """Return a path relative to the directory in which the program started, or its last two parts."""
    shown = os.path.relpath(path, _START)
    return "/".join(path.split(os.sep)[-2:]) if shown.startswith(os.pardir) else shown.replace(os.sep, "/")


class _Loader(SourceFileLoader):
    """Loads a watched module; compiled files of Python are neither read nor written."""

    def __init__(self, name: str, path: str, watched: Watched) -> None:
        super().__init__(name, path)
        self._watched = watched

    def get_code(self, fullname: str) -> Any:  # noqa: ANN401 - a code object
        path = self.get_filename(fullname)
        return self._watched.compile(self.get_data(path), path, fullname, main=fullname == "__main__")


class _After(importlib.machinery.SourceFileLoader):
    """Loads a module as always, then calls a function."""

    after: Callable[[], None]

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self.after()


class Finder(MetaPathFinder):
    """Finds modules as Python does, and gives watched ones another loader.

    Args:
        watched: which modules are watched.
        after: functions to call when a module has been loaded, by its name.
    """

    def __init__(self, watched: Watched, after: dict[str, Callable[[], None]]) -> None:
        self._watched = watched
        self._after = after

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the place of a module, if it is watched or waited for."""
        if fullname not in self._after and not self._watched.covers(fullname):
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                self._change(spec)
                return spec
        return None

    def _change(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if type(loader) is not SourceFileLoader:
            self._watched.note(f"{spec.name}: it is not loaded from Python text")
        elif spec.name in self._after:
            changed = _After(spec.name, str(loader.path))
            changed.after = self._after[spec.name]
            spec.loader = changed
        else:
            spec.loader = _Loader(spec.name, str(loader.path), self._watched)
            spec.cached = None


class _MainFinder:
    """Finds the program's own file as a module `__main__`, once."""

    def __init__(self, path: str, watched: Watched) -> None:
        self._path = path
        self._watched = watched

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG002
        """Return the program, and nothing else."""
        if fullname != "__main__":
            return None
        return spec_from_file_location(fullname, self._path, loader=_Loader(fullname, self._path, self._watched))


def watch_program(path: str, watched: Watched) -> None:
    """Let Python compile the file of the program with calls and operators that can be recorded."""

    def hook(entry: str) -> _MainFinder:
        if os.path.abspath(entry) != path:
            raise ImportError
        return _MainFinder(path, watched)

    def begin(names: dict[str, Any]) -> None:
        sys.path_hooks[:] = [known for known in sys.path_hooks if known is not hook]
        sys.path_importer_cache.pop(path, None)
        folder = os.path.dirname(os.path.realpath(path))
        if sys.path and os.path.abspath(sys.path[0]) == path:
            bare = names["__name__"] != "__main__" or sys.flags.isolated or getattr(sys.flags, "safe_path", False)
            sys.path[:1] = [] if bare else [folder]
        names.update(__spec__=None, __package__=None, __cached__=None, __file__=path)
        names["__loader__"] = SourceFileLoader("__main__", path)

    sys.path_hooks.insert(0, hook)
    setattr(builtins, f"{PREFIX}main__", begin)


def install_names() -> None:
    """Make the functions that changed modules call known to them."""
    for name in ("binary", "in_place", "compare", "unary", "item", "attribute", "store", "test"):
        setattr(builtins, f"{PREFIX}{name}__", getattr(operators, name))
    setattr(builtins, f"{PREFIX}call__", calls.call)
    setattr(builtins, f"{PREFIX}slice__", slice)
    setattr(builtins, f"{PREFIX}main__", lambda _names: None)
