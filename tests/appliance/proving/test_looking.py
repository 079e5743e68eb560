"""Two graphs of objects: what differs is named, wherever it hides, and nothing else is."""

from __future__ import annotations

import contextvars
import ctypes
import datetime as dt
import functools
import hashlib
import mmap
import random
import threading
import types
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.proving.comparing import list_differences
from appliance.proving.graph import Graph, walk
from appliance.proving.modules import Modules

if TYPE_CHECKING:
    from collections.abc import Callable


class Holder:
    """An object with whatever attributes are set."""

    def __init__(self, **values: object) -> None:
        vars(self).update(values)

    def tell(self) -> None:
        """Do nothing."""


class Slotted:
    """An object without a dictionary."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class Shouting:
    """An object whose own code must not be run by anybody who looks at it."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        raise AssertionError("repr was called")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("eq was called")

    def __hash__(self) -> int:
        raise AssertionError("hash was called")

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was asked for")

    @property
    def loud(self) -> int:
        """Fail."""
        raise AssertionError("a property was called")


def find(a: object, b: object) -> list[tuple[str, str, str]]:
    """Return the places in which two objects differ, with both contents."""
    graphs = [walk({"it": one}, Modules()) for one in (a, b)]
    copies = [Graph.from_json(graph.to_json()) for graph in graphs]
    return [(one.path, one.a, one.b) for one in list_differences(*copies)]


def make_closure(number: int) -> Callable[[], int]:
    """Return a function that carries a number."""

    def call() -> int:
        return number

    return call


def make_generator(steps: int) -> Any:  # noqa: ANN401 - a generator
    """Return a generator that waits after some steps."""

    def count() -> Any:  # noqa: ANN401 - as above
        yield from range(10)

    made = count()
    for _ in range(steps):
        next(made)
    return made


def make_cache(value: int) -> Any:  # noqa: ANN401 - a cache
    """Return a function that remembers a value for an argument."""
    box = [value]

    @functools.lru_cache(maxsize=4)
    def remember(_: str) -> int:
        return box[0]

    remember("x")
    box[0] = 0
    return remember


def draw(count: int) -> np.random.Generator:
    """Return a generator after some draws."""
    made = np.random.default_rng(1)
    made.random(count)
    return made


def draw_python(count: int) -> random.Random:
    """Return a generator of the standard library after some draws."""
    made = random.Random(1)  # noqa: S311 - no secret
    for _ in range(count):
        made.random()
    return made


def point_weakly(number: int) -> Holder:
    """Return an object with a weak reference to another one that it holds in no other way that has a name."""
    kept = Watched(number)
    return Holder(weak=weakref.ref(kept), zone=[kept])


class Pair(ctypes.Structure):
    """Two numbers of C."""

    _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_int))


def make_memory(number: int) -> mmap.mmap:
    """Return memory of the system with a number in it."""
    made = mmap.mmap(-1, 8)
    made[0] = number
    return made


def make_variable(number: int) -> contextvars.ContextVar[int]:
    """Return a variable that has this number now."""
    made = contextvars.ContextVar[int]("number")
    made.set(number)
    return made


def make_module(number: int) -> types.ModuleType:
    """Return a module that no import has made."""
    made = types.ModuleType("made")
    vars(made)["calls"] = number
    return made


def spawn(seeds: Any, number: int) -> Any:  # noqa: ANN401 - seeds or a generator
    """Return what has made so many others."""
    seeds.spawn(number)
    return seeds


def advance(iterator: Any, number: int) -> Any:  # noqa: ANN401 - an iterator
    """Return an iterator after so many items."""
    for _ in range(number):
        next(iterator)
    return iterator


class Watched(Slotted):
    """A class that may be referred to weakly."""

    __slots__ = ("__weakref__",)


PLACES: dict[str, tuple[Callable[[int], object], str]] = {
    "an attribute": (lambda n: Holder(calls=n), "it.calls"),
    "a slot": (Slotted, "it.number"),
    "an object that must not be called": (Shouting, "it.number"),
    "a table": (lambda n: {"a": {"b": n}}, "it['a']['b']"),
    "a list in a tuple": (lambda n: (0, [n]), "it[1][0]"),
    "a deque": (lambda n: deque([n]), "it[0]"),
    "many numbers": (lambda n: [n, *range(1000)], "it"),
    "a set": (lambda n: {n}, "it"),
    "a closure": (make_closure, "it (closure) number"),
    "a bound method": (lambda n: Holder(calls=n).tell, "it of.calls"),
    "a partial": (lambda n: functools.partial(int, n), "it arguments[0]"),
    "a default": (lambda n: lambda x=n: x, "it (default) x"),
    "a generator": (make_generator, "it"),
    "an iterator": (lambda n: iter(range(n)), "it (part 0)"),
    "a cache": (make_cache, "it (kept for 'x')"),
    "a number of C": (ctypes.c_int, "it"),
    "an array of C": (lambda n: (ctypes.c_int * 2)(n, 0), "it"),
    "a structure of C": (lambda n: Pair(0, n), "it"),
    "memory": (make_memory, "it"),
    "a hash": (lambda n: hashlib.sha256(bytes(n)), "it"),
    "a variable of a context": (make_variable, "it (value)"),
    "a module that was made": (make_module, "it: calls"),
    "seeds": (lambda n: spawn(np.random.SeedSequence(1), n), "it"),
    "children of a generator": (lambda n: spawn(np.random.default_rng(1), n), "it"),
    "an iterator of an array": (lambda n: advance(np.arange(9).flat, n), "it"),
    "an array": (lambda n: np.full(9, n), "it"),
    "a number of NumPy": (np.float32, "it"),
    "a generator of NumPy": (draw, "it"),
    "a generator of Python": (draw_python, "it"),
    "a weak reference": (point_weakly, "it.weak (weak).number"),
    "a long number": (lambda n: 10**200 + n, "it"),
}


@pytest.mark.parametrize("place", PLACES)
def test_state_is_found_wherever_it_hides(place: str) -> None:
    """The same objects with the numbers 1 and 2 differ in one place; with the same number nowhere."""
    make, path = PLACES[place]
    assert find(make(1), make(1)) == []
    found = [where for where, _, _ in find(make(1), make(2))]
    assert [where for where in found if where.startswith(path)], found


def test_attribute_of_one_side_is_found() -> None:
    """What somebody has set later is named, with what it is."""
    assert find(Holder(a=1, extra=5), Holder(a=1)) == [("it.extra", "5", "not there")]
    assert find(Holder(a=1), Holder(a=1, extra=5)) == [("it.extra", "not there", "5")]


def test_shared_objects_make_no_noise() -> None:
    """A new path to an object that both have is one difference, not one for everything below it."""
    shared = {"numbers": [1, 2, 3], "more": {"x": 1}}
    other = {"numbers": [1, 2, 3], "more": {"x": 1}}
    assert [path for path, _, _ in find(Holder(a=shared, z=shared), Holder(a=other))] == ["it.z"]


def test_equal_numbers_in_two_places_are_two_differences() -> None:
    """Python keeps one object for a small number; each place that holds it is told."""
    found = find(Holder(a=10, b=Holder(c=10)), Holder(a=9, b=Holder(c=9)))
    assert [path for path, _, _ in found] == ["it.a", "it.b.c"]


def test_cycles_end() -> None:
    """Objects that refer to each other are walked once."""
    pairs = []
    for number in (1, 1, 2):
        a, b = Holder(number=number), Holder()
        vars(a)["other"], vars(b)["other"] = b, a
        pairs.append(a)
    assert find(pairs[0], pairs[1]) == []
    assert find(pairs[0], pairs[2]) == [("it.number", "1", "2")]


def test_order_of_tables_and_sets_is_no_state() -> None:
    """The order in which keys came is not compared."""
    assert find({"a": 1, "b": 2}, {"b": 2, "a": 1}) == []
    assert find({3, 1, "x"}, {"x", 1, 3}) == []


def test_forgotten_entries_of_a_cache_are_no_state() -> None:
    """A cache may hold more on one side; what both hold for the same arguments must agree."""

    def make(*arguments: int) -> Any:  # noqa: ANN401 - a cache
        @functools.lru_cache
        def double(x: int) -> int:
            return 2 * x

        for one in arguments:
            double(one)
        return double

    assert find(make(1, 2, 3), make(3)) == []


def test_coverage_says_what_nobody_looks_into() -> None:
    """Compiled objects without a public state are counted, and a walk that is cut short says so."""
    graph = walk({"it": dt.datetime_CAPI}, Modules())
    assert graph.opaque == {"builtins.PyCapsule": 1}
    assert walk({"it": list(map(str, range(5)))}, Modules()).is_whole
    cut = walk({"it": [[[1]]]}, Modules(), most=3)
    assert (cut.is_whole, len(cut.nodes)) == (False, 3)


def test_locks_are_told_apart() -> None:
    """A lock that is held differs from a free one."""
    held = threading.Lock()
    with held:
        assert [path for path, _, _ in find(held, threading.Lock())] == ["it"]
