"""The self-test of `prove resume`: faults of checkpoints, and state of users' programs, planted; each must be named."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from appliance.proving.execute import Resuming, prove_resume
from appliance.proving.request import Subject
from verify.errors import ApplianceError, UsageError
from verify.rendering.lines import wrap
from verify.results import find_verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.proving.answer import Answer
    from appliance.proving.children import Bench

SCHEMA = "repro-appliance/prove-self-test/1"
Judged = Literal["found", "missed", "false alarm", "not tested"]
_CONFIG = """\
schema = "repro-appliance/config/1"
name = "planted"
seed = 3
precision = "f32"

[experiment]
module = "planted.py"

[training]
epochs = 2
batch_size = 16
"""
_MODULE = """\
import numpy as np

from appliance import Dataset, Experiment, Stream, nn


class Passing(nn.Layer):
    def __init__(self):
        self._calls = 0

    def forward(self, x, parameters):
        return x + x.dtype.type(0)

    def backward(self, x, y, dy, parameters):
        {body}
        return dy * dy.dtype.type({factor})


def build(config):
    x = Stream(config.seed, "samples").normal((80, 6))
    y = x[:, 0] > x[:, 1]
    data = Dataset.from_arrays(x[:56], y[:56], x[56:], y[56:])
    layers = [nn.Dense(units=8), Passing(), nn.Dense(units=2)]
    return Experiment(data=data, model=layers, optimizer=nn.Adam(learning_rate=0.02))
"""
_COUNT = "self._calls += 1"


@attrs.frozen(kw_only=True)
class Plant:
    """A fault.

    Args:
        name: of the fault.
        fault: what is changed in the program; empty for nothing.
        body: what the layer does after every step.
        factor: what the layer multiplies gradients by.
        named: a part of the name that must be told; empty where nothing may be told.
        differs: whether results must differ.
    """

    name: str
    fault: str = ""
    body: str = "pass"
    factor: str = "1.0"
    named: str = ""
    differs: bool = True


_DRAWN = "1.0 + np.random.random() / 8"
_GENERATOR = "numpy.random (global generator)"
PLANTS = (
    Plant(name="nothing", differs=False),
    Plant(name="a drawn number, kept", factor=_DRAWN, differs=False),
    Plant(name="a counter", body=_COUNT, factor="1.0 + self._calls / 8", named="Passing._calls"),
    Plant(name="a counter that changes nothing", body=_COUNT, named="Passing._calls", differs=False),
    Plant(name="an array left out", fault="array-left-out", named=".slots['"),
    Plant(name="a step count reset", fault="steps-reset", named="training.trainer.optimizer."),
    Plant(name="a generator lost", fault="generator-lost", factor=_DRAWN, named=_GENERATOR),
    Plant(name="one draw more", fault="extra-draw", factor=_DRAWN, named=_GENERATOR),
)


@attrs.frozen(kw_only=True)
class Attempt:
    """What was said of one fault.

    Args:
        name: of the fault.
        named: what was told, the first of all.
        judged: found, missed, a false alarm, or not tested.
        reason: why it is not tested.
    """

    name: str
    named: str
    judged: Judged
    reason: str = ""


@attrs.frozen(kw_only=True)
class SelfTest:
    """All attempts."""

    attempts: tuple[Attempt, ...]

    @property
    def exit_code(self) -> int:
        """0 if every fault was named and nothing else, 1 if not, 3 if one could not be tested."""
        judged = {attempt.judged for attempt in self.attempts}
        if judged & {"missed", "false alarm"}:
            return 1
        return 3 if "not tested" in judged or not judged else 0

    def to_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "schema": SCHEMA,
            "verdict": find_verdict(self.exit_code),
            "planted": [attrs.asdict(one) for one in self.attempts],
        }

    def to_text(self) -> str:
        """Return it as a line for each fault."""
        lines = []
        for one in self.attempts:
            told = f", named: {one.named}" if one.named else ""
            reason = f": {one.reason}" if one.reason else ""
            lines.append(wrap(f"{one.name}{told}{reason}", first=f"{one.judged:<12} ", indent=13))
        return "\n".join(lines)


def run_self_test(bench: Bench, tell: Callable[[str], None], only: Sequence[str] = ()) -> SelfTest:
    """Plant every fault in a small training and prove that it resumes.

    Args:
        bench: where children run.
        tell: gets lines about the progress.
        only: the names of the faults; all for none.

    Raises:
        UsageError: there is no such fault.
    """
    known = [one.name for one in PLANTS]
    for name in only:
        if name not in known:
            raise UsageError("no such fault is planted", expected=", ".join(known), found=name)
    return SelfTest(attempts=tuple(_attempt(one, bench, tell) for one in PLANTS if not only or one.name in only))


def _attempt(one: Plant, bench: Bench, tell: Callable[[str], None]) -> Attempt:
    tell(f"planted: {one.name}")
    with tempfile.TemporaryDirectory(prefix="repro-appliance-planted-") as folder:
        path = Path(folder, "planted.toml")
        path.write_text(_CONFIG, encoding="utf-8")
        text = _MODULE.format(body=one.body, factor=one.factor)
        path.with_suffix(".py").write_text(text, encoding="utf-8")
        subject = Subject(config=str(path), plant=one.fault)
        try:
            answer = prove_resume(subject, Resuming(stops=2, worlds=False, tell=tell, scratch=Path(folder)), bench)
        except ApplianceError as error:
            return Attempt(name=one.name, named="", judged="not tested", reason=f"{error.title}: {error.found}")
    return _judge(one, answer)


def _judge(one: Plant, answer: Answer) -> Attempt:
    """Compare what was told with what was planted."""
    if answer.verdict == "could-not-judge" or answer.closure is None:
        return Attempt(name=one.name, named="", judged="not tested", reason=answer.sentence)
    told = [finding.name for finding in answer.closure.findings]
    named, differs = told[0] if told else "", answer.first is not None
    if not one.named:
        judged: Judged = "false alarm" if told or differs else "found"
        return Attempt(name=one.name, named=named, judged=judged)
    right = bool(told) and all(one.named in name for name in told) and differs == one.differs
    return Attempt(name=one.name, named=named, judged="found" if right else "missed")
