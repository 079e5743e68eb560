"""Programs that are compiled for a trace do what they do without one."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.recorded import read_events
from verify.tracing import imports
from verify.tracing import session as sessions
from verify.tracing.fingerprints import fingerprint_array
from verify.tracing.recorder import Recorder
from verify.tracing.rewriting import PREFIX, compile_watched
from verify.tracing.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

_HEAD = "import numpy as np\nx = np.arange(6.0).reshape(2, 3)\n"
_PROGRAMS = {
    "operators": "r = [x @ x.T + 1, x - x, x * 2 / 3, x // 2, x % 2, x**2, -x, ~(x > 1), x < 2, 3 - x, 'a%d' % 3]",
    "chained": "r = [1 < 2 < 3, [1 < int(v) < 4 for v in x.ravel()]]",
    "in place": "y = x\ny += 1\ny *= x\nr = [x, y is x]",
    "elements": "x[0] += 5\nx[:, 1] -= 1\nx[1, ::2] = 7\nx[..., -1] /= 2\nr = x",
    "attributes": "class A: pass\na = A()\na.v = x\na.v += 1\nd = {'k': 1}\nd['k'] += 4\nr = [x, d]",
    "order of evaluation": (
        "log = []\ndef f(n, v):\n    log.append(n)\n    return v\n"
        "f(1, x)[f(2, 0)] += f(3, 1)\nf(4, x)[f(5, 1)] = f(6, 2)\nr = [log, x]"
    ),
    "super and frames": (
        "class A:\n    def f(self):\n        return 1\nclass B(A):\n    def f(self):\n        y = 3\n"
        "        return super().f() + len(locals()) + super().f()\nr = B().f()"
    ),
    "private names": "class A:\n    def __init__(self):\n        self.__n = 1\n        self.__n += 1\nr = vars(A())",
    "comprehensions": "r = [np.sum(v) for v in x if v.sum() > 4] + sorted({int(v) for v in x.ravel()})",
    "generators": "def g():\n    y = yield 1\n    yield y * 2\nh = g()\nr = [next(h), h.send(x)]",
    "match": "match -1:\n    case -1 if x.sum() > 0:\n        r = 'one'\n    case _:\n        r = 'other'",
    "annotations": "def f(a: int | None = None) -> 3 + 4: ...\nv: 1 + 2 = 5\nr = [f.__annotations__['return'], v]",
    "random": "g = np.random.default_rng(3)\nnp.random.seed(1)\n"
    "r = [g.normal(size=3), np.random.rand(2), g.permutation(4)]",
    "in-place calls": "x[0].sort()\nnp.add.at(x, (0, 1), 2)\nnp.random.default_rng(0).shuffle(x)\nr = x",
    "out": "y = np.empty(3)\nr = [np.add(x[0], 1, out=y), y, np.add.reduce(x), np.linalg.norm(x)]",
    "lists": "a = [1]\na += [2]\nb = [3] * 2 + a\nr = [a, b, a @ x[0, :2] if 0 else a]",
    "strings": "s = 'a'\ns += f'{s!r:>5}'\nr = [s, '%s' % (s,), s * 2, s == 'a']",
    "conditions": "r = []\nwhile x[0, 0] < 3:\n    x += 1\nif (x > 2).all() and not x[0, 0] > 5:\n"
    "    r = 'yes' if x.any() else 'no'",
    "exceptions": "try:\n    x @ np.ones(5)\nexcept ValueError as error:\n    r = str(error)",
    "lambda": "f = lambda a, b=x.sum(): a + b\nr = f(1)",
    "walrus": "r = [(n := x.sum()), n]",
    "decorators": ("def jit(f):\n    return f.__code__.co_names\n@jit\ndef f(a):\n    return abs(a + 1)\nr = f"),
}


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Return the session of hooks that are in place for one test."""
    before = set(vars(builtins))
    imports.install_names()
    found = Session(Recorder(tmp_path / "trace", level="calls"))
    monkeypatch.setattr(sessions, "session", found)
    yield found
    monkeypatch.undo()
    found.recorder.close()
    for name in sorted(set(vars(builtins)) - before):
        delattr(builtins, name)


def run_watched(text: str) -> dict[str, Any]:
    """Run a program that is compiled for a trace, and return its names."""
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile_watched(text.encode(), "program.py", "program.py"), names)  # noqa: S102 - the subject of the test
    return names


def _is_equal(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(_is_equal, a, b))
    return type(a) is type(b) and bool(a == b)


@pytest.mark.parametrize("name", _PROGRAMS)
def test_results_are_those_of_the_plain_program(name: str, session: Session) -> None:
    """A program gives the same values when it is compiled for a trace."""
    text = _HEAD + _PROGRAMS[name]
    plain: dict[str, Any] = {"__name__": "program"}
    exec(compile(text, "program.py", "exec", dont_inherit=True), plain)  # noqa: S102 - the subject of the test
    watched = run_watched(text)
    assert _is_equal(plain["r"], watched["r"])
    assert session.notes == {} or set(session.notes) == {"assignments to elements of arrays that are much larger"}


def test_comparison_of_results_can_fail() -> None:
    """Negative control: another value, type or order is not equal."""
    assert not _is_equal(np.ones(2), np.zeros(2))
    assert not _is_equal([1], [1.0])
    assert not _is_equal([1, 2], [2, 1])


def test_calls_and_operators_are_events(session: Session, tmp_path: Path) -> None:
    """Calls of NumPy, its operators and branches on its values are recorded with line and names."""
    run_watched(_HEAD + "y = np.dot(x, x.T)\nz = y @ x\n")
    events = read_events(tmp_path / "trace")
    assert [(event["stage"], event["at"]) for event in events] == [
        ("numpy.arange", "program.py:2"),
        ("numpy.ndarray.reshape", "program.py:2"),
        ("numpy.dot", "program.py:3"),
        ("numpy.matmul", "program.py:4"),
    ]
    assert [tensor["name"] for tensor in events[-1]["inputs"]] == ["x1", "x2"]
    assert session.recorder.events == 4


def test_state_before_a_seed_is_no_input(session: Session, tmp_path: Path) -> None:
    """A seed replaces the state, so that two runs of one program with a seed are equal."""
    run_watched("import random\nrandom.seed(3)\nrandom.random()\n")
    events = read_events(tmp_path / "trace")
    assert not session.notes
    assert [[row["name"] for row in event["inputs"]] for event in events] == [["0"], ["state"]]


def test_draws_have_the_state_of_their_generator(session: Session, tmp_path: Path) -> None:
    """The state before a draw is an input, so that one draw more is told from another algorithm."""
    run_watched(
        "import numpy as np\ng = np.random.default_rng(1)\ng.normal()\ng.normal()\n"
        "np.random.seed(2)\nnp.random.rand()\n"
    )
    events = read_events(tmp_path / "trace")
    states = [event["inputs"][0]["value"] for event in events if event["stage"] == "numpy.random.Generator.normal"]
    assert {event["kind"] for event in events} == {"draw"}
    assert len(set(states)) == 2
    assert events[0]["outputs"][0]["value"] == states[0]
    assert [event["stage"] for event in events[3:]] == ["numpy.random.seed", "numpy.random.rand"]
    assert not session.notes


def test_branches_on_values_of_numpy_are_decisions(session: Session, tmp_path: Path) -> None:
    """The truth value that a branch depends on is an event."""
    run_watched(_HEAD + "if x[0, 0] < 1:\n    pass\n")
    event = read_events(tmp_path / "trace")[-1]
    assert (event["kind"], event["outputs"][0]["value"]) == ("decision", 1)
    assert not session.notes


def test_what_is_overwritten_is_no_input(session: Session, tmp_path: Path) -> None:
    """Memory that may never have been written is no input, and a new array that is empty has no value."""
    run_watched(
        "import numpy as np\ny = np.empty(3)\nnp.add(1.0, 2.0, y)\nnp.copyto(y, 4.0)\ny.fill(5)\nz = np.exp(y, out=y)\n"
    )
    empty, add, copy, fill, exp = read_events(tmp_path / "trace")
    assert empty["outputs"] == []
    assert [[tensor["name"] for tensor in event["inputs"]] for event in (add, copy, fill, exp)] == [
        ["x1", "x2"],
        ["src"],
        ["0"],
        ["x"],
    ]
    assert copy["outputs"][0]["fingerprint"] == fingerprint_array(np.full(3, 4.0))
    assert fill["outputs"][0]["fingerprint"] == fingerprint_array(np.full(3, 5.0))
    assert not session.notes


def test_names_of_the_recorder_are_few() -> None:
    """What the changed code calls is in the built-in names only, and cannot be mangled in a class."""
    assert PREFIX.startswith("__")
    code = compile_watched(b"class A:\n    def f(self, x):\n        return x @ x\n", "a.py", "a.py")
    names: dict[str, Any] = {"__name__": "a"}
    exec(code, names)  # noqa: S102 - the subject of the test
    assert f"{PREFIX}binary__" in names["A"].f.__code__.co_names
