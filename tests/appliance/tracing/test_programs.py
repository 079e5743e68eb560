"""Programs of users that are traced: results, streams and exit codes stay, and what was computed is recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.tracing.execute import trace_program
from appliance.tracing.request import TraceRequest
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from appliance.tracing.summary import TraceSummary

pytestmark = pytest.mark.process

_SOLVE = """\
import sys
import numpy as np
from shapes import area

def solve(a, b):
    return np.linalg.solve(a @ a.T + np.eye(3), b)

rng = np.random.default_rng(4)
a = rng.standard_normal((3, 3))
answer = solve(a, area(a))
answer[0] += 1
print("answer", answer.sum())
np.save(sys.argv[1], answer)
"""
_SHAPES = "def area(x):\n    total = x.sum(axis=0)\n    return total\n"


def run(folder: Path, *words: str, name: str = "trace", watch: tuple[str, ...] = (), **options: Any) -> TraceSummary:  # noqa: ANN401
    """Trace a command of this Python in a directory."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder)}
    request = TraceRequest(
        command=(sys.executable, *words),
        output=folder / name,
        environment=environment,
        directory=folder,
        watch=watch,
        **options,
    )
    return trace_program(request)


def read(folder: Path, file: str = "events.jsonl") -> list[dict[str, Any]]:
    """Return the events of one process."""
    return [json.loads(line) for line in (folder / "trace" / file).read_text(encoding="ascii").splitlines()]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return a directory with a small program and a module of its own."""
    (tmp_path / "solve.py").write_text(_SOLVE, encoding="utf-8")
    (tmp_path / "shapes.py").write_text(_SHAPES, encoding="utf-8")
    return tmp_path


def test_results_and_output_are_those_of_the_program(program: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The file and the text that the program writes are the same with and without a trace."""
    words = [sys.executable, "solve.py", "plain.npy"]
    plain = subprocess.run(words, cwd=program, check=True, capture_output=True, text=True)
    summary = run(program, "solve.py", "traced.npy", watch=("shapes",))
    captured = capfd.readouterr()
    assert (program / "plain.npy").read_bytes() == (program / "traced.npy").read_bytes()
    assert (captured.out, captured.err) == (plain.stdout, "")
    assert (summary.exit_code, summary.header["complete"]) == (0, True)


def test_calls_operators_and_functions_are_recorded(program: Path) -> None:
    """Draws, calls, operators, returns and outputs of watched modules are events; the trace says what was watched."""
    summary = run(program, "solve.py", "out.npy", watch=("shapes",))
    stages = [event["stage"] for event in read(program)]
    wanted = [
        "numpy.random.Generator.standard_normal", "numpy.ndarray.sum", "shapes.area", "numpy.matmul",
        "numpy.linalg.solve", "__main__.solve", "numpy.add", "builtins.print", "numpy.save",
    ]  # fmt: skip
    assert [stage for stage in wanted if stage not in stages] == []
    assert summary.header["coverage"]["watched"] == ["__main__", "shapes"]
    assert next(event["at"] for event in read(program) if event["stage"] == "numpy.save") == "solve.py:13"


def test_modules_that_are_not_watched_are_not_recorded(program: Path) -> None:
    """Without --watch, a module's own calls are no events, and the coverage names it."""
    summary = run(program, "solve.py", "out.npy")
    assert "shapes.area" not in [event["stage"] for event in read(program)]
    assert "shapes" in summary.header["coverage"]["not_watched"]


def test_equal_runs_have_equal_traces(program: Path) -> None:
    """Two runs of one program in one world have the same chain."""
    chains = [run(program, "solve.py", f"{name}.npy", name=name).header["chain"] for name in ("a", "b")]
    events = [(program / name / "events.jsonl").read_text(encoding="ascii") for name in ("a", "b")]
    assert chains[0] != chains[1], "the name of the output is an argument of numpy.save"
    assert events[0].replace("a.npy", "b.npy").splitlines()[:-1] == events[1].splitlines()[:-1]


@pytest.mark.parametrize(
    ("text", "code", "failure"),
    [
        ("raise SystemExit(7)", 7, None),
        ("x @ x[1:]", 1, "ValueError"),
        ("import os\nos._exit(5)", 5, "exit code 5"),
        ("import os\nos.kill(os.getpid(), 9)", 137, "SIGKILL"),
        ("def f(:", 1, "SyntaxError"),
    ],
)
def test_failures_pass_through(tmp_path: Path, text: str, code: int, failure: str | None) -> None:
    """Exit codes are the program's, and a program that fails leaves a trace that can be read and names the failure."""
    (tmp_path / "fails.py").write_text("import numpy as np\nx = np.ones(3)\n" + text, encoding="utf-8")
    summary = run(tmp_path, "fails.py")
    assert summary.exit_code == code
    assert (failure is None) == (summary.header.get("failure") is None)
    assert failure is None or failure in summary.header["failure"]
    header = json.loads((tmp_path / "trace" / "header.json").read_text(encoding="ascii"))
    assert header["events"] == len(read(tmp_path)) == (0 if failure == "SyntaxError" else 1)


def test_traceback_is_that_of_the_program(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The recorder's own frames are in no traceback."""
    text = "import numpy as np\ndef f(x):\n    return x @ np.ones(9)\nf(np.ones(2))\n"
    (tmp_path / "fails.py").write_text(text, encoding="utf-8")
    plain = subprocess.run([sys.executable, "fails.py"], cwd=tmp_path, check=False, capture_output=True, text=True)
    run(tmp_path, "fails.py")
    assert capfd.readouterr().err == plain.stderr


def test_program_sees_itself_as_always(tmp_path: Path) -> None:
    """The names of the program's module, its path and its arguments are those of a plain start."""
    text = (
        "import json, sys\n"
        "names = {k: repr(globals().get(k)) for k in ('__name__', '__file__', '__spec__', '__package__', '__doc__')}\n"
        "json.dump([names, sys.argv[1:], sys.path[0], sorted(globals())], open(sys.argv[2], 'w'))\n"
    )
    (tmp_path / "looks.py").write_text(text, encoding="utf-8")
    subprocess.run([sys.executable, "looks.py", "x", "plain.json"], cwd=tmp_path, check=True)
    run(tmp_path, "looks.py", "x", "traced.json")
    plain, traced = ((tmp_path / f"{name}.json").read_text(encoding="utf-8") for name in ("plain", "traced"))
    assert traced.replace("traced.json", "plain.json") == plain


def test_module_as_program(program: Path) -> None:
    """A module that is started with -m is watched."""
    run(program, "-m", "solve", "out.npy")
    assert "numpy.linalg.solve" in [event["stage"] for event in read(program)]


def test_methods_have_the_arrays_of_their_object(tmp_path: Path) -> None:
    """Arrays that an object holds are inputs and outputs of its methods, also after exceptions and in threads."""
    text = (
        "import threading\nimport numpy as np\n"
        "class Model:\n    def __init__(self):\n        self.w = np.zeros(2)\n"
        "    def fit(self, x):\n        self.w += x\n        return self\n"
        "    def fail(self):\n        raise KeyError\n"
        "model = Model()\ntry:\n    model.fail()\nexcept KeyError:\n    pass\n"
        "model.fit(np.ones(2))\nthread = threading.Thread(target=model.fit, args=(1,), name='second')\n"
        "thread.start()\nthread.join()\n"
    )
    (tmp_path / "model.py").write_text(text, encoding="utf-8")
    run(tmp_path, "model.py")
    fits = [event for event in read(tmp_path) if event["stage"].startswith("__main__.Model.fit")]
    assert [event["stage"] for event in fits] == ["__main__.Model.fit", "__main__.Model.fit@second"]
    assert "__main__.Model.fail" not in [event["stage"] for event in read(tmp_path)]
    assert [tensor["name"] for tensor in fits[0]["inputs"]] == ["self.w", "x"]
    assert fits[0]["outputs"] == fits[1]["inputs"][:1]


def test_processes_have_files_of_their_own(tmp_path: Path) -> None:
    """Processes of multiprocessing record in their own files, under the names that it gives them."""
    # Without a pool: its locks need shared memory, which not every machine allows to everybody.
    text = (
        "import numpy as np\nfrom multiprocessing import get_context\n"
        "def work(n):\n    return np.full(3, n).sum()\n"
        "if __name__ == '__main__':\n    for how in ('fork', 'spawn'):\n"
        "        process = get_context(how).Process(target=work, args=(1,))\n"
        "        process.start()\n        process.join()\n"
    )
    (tmp_path / "pool.py").write_text(text, encoding="utf-8")
    summary = run(tmp_path, "pool.py")
    assert summary.exit_code == 0
    names = sorted(summary.header["processes"])
    assert any(name.startswith("events-ForkProcess") for name in names)
    assert any(name.startswith("events-SpawnProcess") for name in names)
    for name in names:
        if "Process" in name:
            assert [e["stage"] for e in read(tmp_path, name)].count("__main__.work") >= 1


def test_operands_are_captured_in_a_second_run(program: Path) -> None:
    """The events that are asked for are kept with their operands."""
    wanted = program / "captures.json"
    wanted.write_text(json.dumps([{"stage": "numpy.matmul", "occurrence": 1}]), encoding="utf-8")
    run(program, "solve.py", "out.npy", captures=wanted)
    number = next(event["n"] for event in read(program) if event["stage"] == "numpy.matmul")
    assert [path.name for path in (program / "trace" / "tensors").iterdir()] == [f"{number}.npz"]


def test_user_startup_still_runs(program: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A sitecustomize of the user is loaded, too."""
    (program / "sitecustomize.py").write_text("print('mine')\n", encoding="utf-8")
    run(program, "solve.py", "out.npy")
    assert capfd.readouterr().out.startswith("mine\n")


def test_place_that_is_taken_is_refused(program: Path) -> None:
    """A directory with something in it is left alone, and the program is not run."""
    with pytest.raises(UsageError, match="something in the directory"):
        run(program, "solve.py", "out.npy", name=".")
    assert not (program / "out.npy").exists()


def test_command_that_records_nothing_is_not_judged(program: Path) -> None:
    """A Python that ignores the environment has no recorder, and this is said; nothing is left."""
    with pytest.raises(CouldNotJudgeError, match="nothing was recorded"):
        run(program, "-I", "-c", "pass")
    with pytest.raises(UsageError, match="cannot be started"):
        trace_program(TraceRequest(command=("no-such-program",), output=program / "trace", environment=os.environ))
    assert sorted(path.name for path in program.iterdir()) == ["shapes.py", "solve.py"]
