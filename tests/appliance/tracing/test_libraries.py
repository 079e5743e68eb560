"""Programs with PyTorch, scikit-learn and pandas, where a Python has them: they are optional peers.

`PEERS_PYTHON` names such a Python; without it this one is asked. A library that is not there is skipped: the stand-in
for PyTorch (tests/verify/tracing/test_pytorch.py) is tested everywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from appliance.tracing.execute import trace_program
from appliance.tracing.request import TraceRequest
from verify.files.traces import open_trace
from verify.judging.traces.compare import compare_traces

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.slow]

PYTHON = os.environ.get("PEERS_PYTHON") or sys.executable


class Case(NamedTuple):
    """A program, which changes one number where its argument is 1, and what its trace must have."""

    text: str
    origin: str
    stages: tuple[str, ...]


_CASES = {
    "torch": Case(
        "import sys, torch\ntorch.manual_seed(3)\nx = torch.randn(4, 3)\nlayer = torch.nn.Linear(3, 2)\n"
        "if sys.argv[1] == '1':\n    with torch.no_grad():\n        layer.weight[0, 0] += 1e-6\n"
        "loss = torch.nn.functional.relu(layer(x)).sum()\nloss.backward()\nprint(float(loss))\n",
        "torch.add",
        ("torch.randn", "torch.addmm", "torch.relu", "torch.sum"),
    ),
    "sklearn": Case(
        "import sys\nimport numpy as np\nfrom sklearn.linear_model import LinearRegression\n"
        "x = np.arange(12.0).reshape(6, 2) ** 1.5\ny = x[:, 0] - 2 * x[:, 1]\n"
        "model = LinearRegression(positive=sys.argv[1] == '1')\nmodel.fit(x, y)\nprint(model.predict(x))\n",
        "sklearn",
        ("fit", "predict"),
    ),
    "pandas": Case(
        "import sys\nimport pandas as pd\nframe = pd.DataFrame({'a': [1.0, 2.0, 3.0], 'b': [4.0, 5.0, 6.0]})\n"
        "if sys.argv[1] == '1':\n    frame.loc[1, 'b'] = 5.5\nprint(frame.groupby('a').sum(), frame.mean())\n",
        "",
        ("mean",),
    ),
}


def _require(library: str) -> None:
    found = subprocess.run([PYTHON, "-c", f"import {library}"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip(f"{PYTHON} has no {library}")


def _trace(folder: Path, name: str, change: str) -> Path:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = (PYTHON, "program.py", change)
    trace_program(TraceRequest(command=command, output=folder / name, environment=environment, directory=folder))
    return folder / name


@pytest.mark.parametrize("library", _CASES)
def test_a_library_is_traced(tmp_path: Path, library: str) -> None:
    """Equal programs have equal traces; the calls are seen with values; a planted change is found."""
    _require(library)
    case = _CASES[library]
    (tmp_path / "program.py").write_text(case.text, encoding="utf-8")
    first, again, changed = (_trace(tmp_path, name, change) for name, change in (("a", "0"), ("b", "0"), ("c", "1")))
    events = [json.loads(line) for line in (first / "events.jsonl").read_text(encoding="ascii").splitlines()]
    stages = {event["stage"] for event in events if event["outputs"]}
    assert [part for part in case.stages if not any(part in stage for stage in stages)] == [], stages
    assert compare_traces(open_trace(first), open_trace(again)).verdict == "identical"
    found = compare_traces(open_trace(first), open_trace(changed))
    assert found.verdict == "different"
    if case.origin:
        assert found.origin is not None
        assert case.origin in found.origin.a.stage
