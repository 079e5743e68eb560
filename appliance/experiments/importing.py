"""Imports of an experiment's files: exactly the bytes that were hashed, and no file beside them that was not."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.util import spec_from_file_location
from typing import TYPE_CHECKING

from appliance.config.experiment import list_files, read_source
from appliance.errors import ExperimentError
from verify.digests import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import CodeType, ModuleType

    from appliance.config.experiment import ExperimentConfig

_PYTHON = ".py"
_PACKAGE = "__init__"


class _Loader(InspectLoader):
    """Loads modules from texts that were read before."""

    def __init__(self, sources: Mapping[str, bytes], paths: Mapping[str, Path]) -> None:
        self._sources = sources
        self._paths = paths

    def get_source(self, fullname: str) -> str:
        """Return the text of a module."""
        return importlib.util.decode_source(self._sources[fullname])

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of a module; tracebacks name its file."""
        return self.source_to_code(self._sources[fullname], str(self._paths[fullname]))

    def is_package(self, fullname: str) -> bool:
        """Tell whether a module is a package."""
        return fullname in self._paths and self._paths[fullname].stem == _PACKAGE


class _Listed(MetaPathFinder):
    """Finds the modules whose files a configuration lists, before all others."""

    def __init__(self, loader: _Loader, paths: Mapping[str, Path]) -> None:
        self._loader = loader
        self._paths = paths

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Return the module of a file that is listed."""
        if fullname not in self._paths:
            return None
        file = self._paths[fullname]
        inside = [str(file.parent)] if self._loader.is_package(fullname) else None
        return spec_from_file_location(fullname, file, loader=self._loader, submodule_search_locations=inside)


class _Unlisted(MetaPathFinder):
    """Refuses a module whose file lies beside the others but is not listed; asked after all other finders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:  # noqa: ARG002
        """Refuse the import of a file of the folder.

        Raises:
            ExperimentError: there is such a file.
        """
        place = self._folder.joinpath(*fullname.split("."))
        for file in (place.with_name(f"{place.name}{_PYTHON}"), place / f"{_PACKAGE}{_PYTHON}"):
            if file.is_file():
                name = file.relative_to(self._folder).as_posix()
                raise ExperimentError(
                    "an experiment imports a file that its configuration does not list",
                    expected=f'"{name}" in experiment.files, so that it is hashed',
                    found=f"import {fullname}",
                    where=file,
                    remedy=f'add to [experiment]: files = ["{name}"]',
                )


def _name_module(path: str) -> str:
    """Return the name under which a file is imported: "a/b.py" as a.b, "a/__init__.py" as a."""
    parts = path.removesuffix(_PYTHON).split("/")
    return ".".join(parts[:-1] if parts[-1] == _PACKAGE else parts)


def _read_sources(experiment: ExperimentConfig, folder: Path) -> dict[str, tuple[bytes, Path]]:
    """Return the text and the path of every file of Python by the name of its module.

    A folder between the configuration and a file is a package, also without a file `__init__.py`.

    Raises:
        ExperimentError: a file has changed since it was hashed.
    """
    found: dict[str, tuple[bytes, Path]] = {}
    for name in (name for name in list_files(experiment) if name.endswith(_PYTHON)):
        source = read_source(folder / name)
        if digest_bytes(source) != experiment.digests.get(name):
            raise ExperimentError(
                "a file of the experiment has changed since it was hashed",
                expected=experiment.digests.get(name),
                found=digest_bytes(source),
                where=folder / name,
                remedy="start again",
            )
        found[_name_module(name)] = (source, folder / name)
    for module in list(found):
        parts = module.split(".")
        for length in range(1, len(parts)):
            package = ".".join(parts[:length])
            found.setdefault(package, (b"", folder.joinpath(*parts[:length], f"{_PACKAGE}{_PYTHON}")))
    return found


@contextmanager
def import_experiment(experiment: ExperimentConfig, folder: Path) -> Iterator[ModuleType]:
    """Import the module of an experiment; inside, it can import the files that are listed.

    Modules of the same names that were imported before are back afterwards.

    Raises:
        ExperimentError: a file has changed since it was hashed, or one that is not listed is imported.
    """
    found = _read_sources(experiment, folder)
    paths = {name: path for name, (_, path) in found.items()}
    loader = _Loader({name: source for name, (source, _) in found.items()}, paths)
    finders: Sequence[MetaPathFinder] = (_Listed(loader, paths), _Unlisted(folder))
    before = {name: sys.modules.pop(name) for name in paths if name in sys.modules}
    sys.meta_path.insert(0, finders[0])
    sys.meta_path.append(finders[1])
    try:
        yield importlib.import_module(_name_module(experiment.module))
    finally:
        for finder in finders:
            sys.meta_path.remove(finder)
        for name in paths:
            sys.modules.pop(name, None)
        sys.modules.update(before)
