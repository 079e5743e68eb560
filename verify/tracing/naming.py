"""Decides which calls of a watched module are recorded, and gives each a kind and a stage.

Recorded are functions, methods and random generators of NumPy, SciPy, scikit-learn and pandas, functions of `math`, the
generators of `random`, and a few functions of the standard library through which the world comes in (`hash`, `sorted`,
`glob.glob`, local time) or results go out (`print`, `write`). Objects are never replaced.
"""

from __future__ import annotations

import inspect
import io
import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

ROOTS = ("numpy", "scipy", "sklearn", "pandas", "statsmodels", "skimage")
_STANDARD = {
    "builtins.hash": "data",
    "builtins.print": "output",
    "builtins.sorted": "operation",
    "builtins.sum": "operation",
    "glob.glob": "data",
    "json.dump": "output",
    "os.getcwd": "data",
    "os.listdir": "data",
    "posix.getcwd": "data",
    "posix.listdir": "data",
    "posixpath.abspath": "data",
    "posixpath.realpath": "data",
    "time.ctime": "data",
    "time.localtime": "data",
    "time.mktime": "data",
    "time.strftime": "data",
}
_READERS = ("load", "loadtxt", "genfromtxt", "fromfile", "read_", "imread", "loadmat")
_WRITERS = ("save", "tofile", "to_csv", "to_json", "to_parquet", "imsave", "write")
_PURE = frozenset("shape ndim size iscomplexobj isscalar result_type can_cast dtype finfo iinfo errstate".split())
_RANDOM_STATE = ("Generator", "RandomState", "BitGenerator", "SeedSequence")
_LOCAL = ("fromtimestamp", "astimezone", "timestamp")
_BOUND, _CYTHON = (BuiltinFunctionType, MethodType), "cython_function_or_method"


# Compiled functions of NumPy: newer versions tell the names of their arguments, and older ones do not.
_COMPILED = {
    "array": "object",
    "asanyarray": "a",
    "asarray": "a",
    "ascontiguousarray": "a",
    "asfortranarray": "a",
    "bincount": "x weights minlength",
    "concatenate": "arrays axis out",
    "copyto": "dst src",
    "dot": "a b out",
    "inner": "a b",
    "lexsort": "keys axis",
    "putmask": "a mask values",
    "vdot": "a b",
    "where": "condition x y",
}


class Spec:
    """How a call is recorded: its kind, its stage, the names of its arguments, the object that a method belongs to."""

    __slots__ = ("kind", "names", "owner", "stage")

    def __init__(self, kind: str, stage: str, names: tuple[str, ...], owner: Any = None) -> None:  # noqa: ANN401
        self.kind = kind
        self.stage = stage
        self.names = names
        self.owner = owner


_KNOWN: dict[Any, Spec] = {}  # functions and types that were met: there are only as many as the libraries have


def classify(function: Any) -> Spec | None:  # noqa: ANN401 - anything that can be called
    """Return how a call of this object is recorded; None for a call that is not."""
    kind = type(function)
    if kind is FunctionType:
        return _classify_function(function)
    if kind is type:
        return _classify_class(function)
    if kind in _BOUND or kind.__name__ == _CYTHON or kind.__module__.partition(".")[0] in ROOTS:
        owner = getattr(function, "__self__", None)
        bound = owner is not None and type(owner) is not ModuleType
        return _classify_method(function, owner) if bound else _classify_function(function)
    return None


def _classify_function(function: Any) -> Spec | None:  # noqa: ANN401
    module = getattr(function, "__module__", None) or _find_home(function)
    root, _, _ = module.partition(".")
    if root not in ROOTS and root not in ("math", "cmath") and f"{module}.{function.__name__}" not in _STANDARD:
        return None
    known = _KNOWN.get(function)
    if known is None:
        known = _KNOWN[function] = _describe_function(function, module, root)
    return known if known.kind else None


def _describe_function(function: Any, module: str, root: str) -> Spec:  # noqa: ANN401
    name = getattr(function, "__name__", type(function).__name__)
    stage = ".".join([*_list_public(module), name])
    if root in ROOTS:
        kind = "" if name in _PURE else _find_kind(stage, name)
    else:
        kind = _STANDARD.get(f"{module}.{name}", "operation")
    return Spec(kind, stage.replace("posixpath.", "os.path.").replace("posix.", "os."), read_names(function))


def _find_kind(stage: str, name: str) -> str:
    if stage.startswith("numpy.random."):
        return "draw"
    if name.startswith(_READERS):
        return "data"
    return "output" if name.startswith(_WRITERS) else "operation"


def _find_home(function: Any) -> str:  # noqa: ANN401
    """Return the module of a ufunc, which has no `__module__`."""
    name = getattr(function, "__name__", "")
    for module in ("numpy", "scipy.special", "numpy.linalg"):
        if getattr(sys.modules.get(module), name, None) is function:
            return module
    return type(function).__module__ or ""


def _classify_method(method: Any, owner: Any) -> Spec | None:  # noqa: ANN401
    """Return how a call of a bound method is recorded."""
    kind, name = type(owner), getattr(method, "__name__", "")
    module = kind.__module__ or ""
    if module.partition(".")[0] in ROOTS:
        return None if name in _PURE else _name_method(owner, kind, name)
    if _is_random(kind):
        return Spec("draw", f"random.{name}", (), owner)
    if isinstance(owner, io.IOBase):
        return Spec("output", name, ("data",)) if name in ("write", "writelines") else None
    if module == "datetime" or (isinstance(owner, type) and owner.__module__ == "datetime"):
        return Spec("data", f"datetime.{name}", ()) if name in _LOCAL else None
    return _classify_class_method(owner, name)


def _name_method(owner: Any, kind: type, name: str) -> Spec:  # noqa: ANN401
    """Return how a method of an object of a library is recorded."""
    if kind.__name__ == "ufunc":
        return Spec("operation", f"numpy.{owner.__name__}.{name}", ())
    if kind.__name__ in _RANDOM_STATE or hasattr(owner, "_bit_generator"):
        return Spec("draw", _name_draw(kind.__name__, owner, name), (), owner)
    stage = ".".join([*_list_public(kind.__module__), kind.__name__, name])
    return Spec(_find_kind(stage, name), stage, (), owner)


def _is_random(kind: type) -> bool:
    """Tell whether a class is a generator of Python's own module."""
    return any(base.__module__ == "random" for base in kind.__mro__)


def _list_public(module: str) -> list[str]:
    return [part for part in module.split(".") if not part.startswith("_")]


def _classify_class_method(owner: Any, name: str) -> Spec | None:  # noqa: ANN401
    """Return how a method of a class of a library is recorded, such as `DataFrame.from_dict`."""
    if isinstance(owner, type) and owner.__module__.partition(".")[0] in ROOTS:
        return Spec("operation", f"{owner.__module__}.{owner.__name__}.{name}", ())
    return None


def _name_draw(kind: str, owner: Any, name: str) -> str:  # noqa: ANN401
    shared = getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)
    return f"numpy.random.{name}" if owner is shared else f"numpy.random.{kind}.{name}"


def _classify_class(kind: type) -> Spec | None:
    """Return how the making of a random generator is recorded; other classes are not recorded."""
    if kind.__module__.startswith("numpy.random") or _is_random(kind):
        module = "random" if _is_random(kind) else "numpy.random"
        return Spec("draw", f"{module}.{kind.__name__}", ("seed",))
    return None


def read_names(function: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return the names of the positional parameters of a function, where they are the same in every version."""
    inputs = getattr(function, "nin", None)
    if isinstance(inputs, int):
        names = tuple(f"x{number + 1}" for number in range(inputs)) if inputs > 1 else ("x",)
        return (*names, *["out"] * getattr(function, "nout", 1))
    fixed = _COMPILED.get(getattr(function, "__name__", ""))
    implementation = inspect.unwrap(getattr(function, "_implementation", function))
    if type(implementation) is not FunctionType:
        return tuple(fixed.split()) if fixed else ()
    try:
        parameters = inspect.signature(implementation).parameters.values()
    except (TypeError, ValueError):
        return ()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(parameter.name for parameter in parameters if parameter.kind in kinds)
