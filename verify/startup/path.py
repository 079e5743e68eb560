"""Orders the import path: standard library, installed packages, then the user's own modules.

A user's `random.py` or `numpy.py` must not be imported in the place of the module that this program means. This module
is imported before the path is in order, so it uses only modules that the interpreter has loaded already.
"""

import os
import site
import sys

OWN = ("appliance", "verify")


def split_path(given: str | None) -> list[str]:
    """Return the entries of PYTHONPATH as absolute paths."""
    return [_normalize(path) for path in (given or "").split(os.pathsep) if path]


def order_path(given: str | None) -> list[str]:
    """Order `sys.path`; return the user's directories, which are now last.

    A directory of PYTHONPATH that holds the metadata of installed packages counts as installed packages.

    Args:
        given: PYTHONPATH; entries of it that are not on the path are added.
    """
    search = list(sys.path)
    known = {_normalize(path) for path in search}
    search += [path for path in split_path(given) if _normalize(path) not in known]
    foreign = find_foreign(search, given, first=not sys.flags.safe_path)
    library = [path for path in search if _is_library(path)]
    installed = [path for path in search if path not in library and path not in foreign]
    sys.path[:] = [*library, *installed, *foreign]
    return foreign


def find_foreign(search: list[str], given: str | None, *, first: bool) -> list[str]:
    """Return the entries of a search path that hold the user's own modules.

    Args:
        search: the search path.
        given: PYTHONPATH.
        first: whether the first entry is the directory of the program, as it is without the option -P.
    """
    site_directories = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    own = {_normalize(path) for path in site_directories}
    named = {_normalize(path) for path in split_path(given)}
    found = []
    for position, path in enumerate(search):
        candidate = _normalize(path) in named or (first and position == 0)
        if candidate and not _is_library(path) and _normalize(path) not in own and not has_metadata(path):
            found.append(path)
    return found


def has_metadata(folder: str, package: str = "") -> bool:
    """Tell whether a directory holds the metadata that an installer writes for a package, or for any."""
    try:
        entries = sorted(os.listdir(folder or os.curdir))  # noqa: PTH208 - see above
    except OSError:
        return False
    if package:
        return any(entry.startswith(f"{package}-") and entry.endswith(("-info", ".egg")) for entry in entries)
    return any(entry.endswith(".dist-info") for entry in entries)


def find_shadows(foreign: list[str], root: str) -> dict[str, str]:
    """Return which loaded modules came from the user in the place of others: name to file.

    Args:
        foreign: the user's directories.
        root: the directory that holds the packages of this project.
    """
    directories = {_normalize(path) for path in foreign}
    shadows = {}
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." in name or not isinstance(file, str):
            continue
        folder = _find_folder(file, package=hasattr(module, "__path__"))
        if name in OWN:
            shadowing = folder != _normalize(root)
        else:
            shadowing = folder in directories and (name in sys.stdlib_module_names or name == "numpy")
        if shadowing and not (name == "numpy" and has_metadata(folder, name)):
            shadows[name] = file
    return shadows


def find_uninstalled(package: str, foreign: list[str]) -> str | None:
    """Return the file that would be imported as a package from the user's directories; None if it is installed."""
    from importlib.machinery import PathFinder  # noqa: PLC0415 - the path is in order now

    spec = PathFinder.find_spec(package)
    if spec is None:
        return None
    place = spec.origin or next(iter(spec.submodule_search_locations or ()), "")
    folder = _find_folder(place, package=bool(spec.origin) and spec.submodule_search_locations is not None)
    unknown = folder in {_normalize(path) for path in foreign} and not has_metadata(folder, package)
    return place if unknown else None


def _find_folder(file: str, *, package: bool) -> str:
    """Return the directory from which a module or a package was imported."""
    folder = os.path.dirname(file)  # noqa: PTH120 - see above
    return _normalize(os.path.dirname(folder) if package else folder)  # noqa: PTH120


def _normalize(path: str) -> str:
    try:
        return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - see above
    except OSError:  # a relative path in a working directory that was deleted
        return path


def _is_library(path: str) -> bool:
    """Tell whether an entry of the search path belongs to the standard library."""
    folder, name = os.path.split(_normalize(path))
    library = _normalize(os.path.dirname(os.__file__))  # noqa: PTH120
    archive = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    return _normalize(path) == library or (folder, name) == (library, "lib-dynload") or name == archive
