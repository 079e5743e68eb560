"""Answers without a cause: equal sides, sides that cannot be run again, what the records alone prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

import appliance
from appliance.vary.axes import AXES
from appliance.why.answer import Answer, Excluded, Finding, Proof
from appliance.why.execute import WhyRequest, find_cause
from appliance.why.rendering import format_markdown, format_text
from appliance.why.worlds import WorldRow
from verify.errors import CouldNotJudgeError, UsageError
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

NOWHERE = {"directory": "/no/such/place", "environment": {}, "watch": []}


def write(
    place: Path,
    events: Callable[[Recorder], object],
    *,
    command: Sequence[str] = ("python", "fit.py"),
    **details: object,
) -> Path:
    """Write a trace of a program that is not here."""
    recorder = Recorder(place, level="calls", command=list(command), details={**NOWHERE, **details})
    events(recorder)
    recorder.close()
    return place


def ask(a: Path, b: Path) -> Answer:
    """Return the answer for two sides."""
    return find_cause(WhyRequest(a=str(a), b=str(b), environment={}, tell=lambda _: None))


def seed(value: int) -> Callable[[Recorder], object]:
    """Record a generator with a seed."""
    return lambda trace: trace.event("draw", "numpy.random.default_rng", inputs={"0": value}, outputs={"s": value})


def operate(value: float) -> Callable[[Recorder], object]:
    """Record an operation of equal inputs."""
    return lambda trace: trace.event("operation", "numpy.sum", inputs={"a": 1.0}, outputs={"result": value})


def test_equal_sides_have_no_cause(tmp_path: Path) -> None:
    """Nothing is run, and the exit code is 0."""
    answer = ask(write(tmp_path / "a", seed(1)), write(tmp_path / "b", seed(1)))
    body = answer.to_json()
    assert (answer.exit_code, body["verdict"], body["cause"]) == (0, "identical", None)


def test_recorded_seed_needs_no_run(tmp_path: Path) -> None:
    """Another seed in the records is a cause although neither program is here; it is told as recorded."""
    answer = ask(write(tmp_path / "a", seed(1)), write(tmp_path / "b", seed(2)))
    body = answer.to_json()
    assert (answer.exit_code, body["cause"], body["grade"]) == (1, "seed", "recorded")
    assert "1 / 2" in body["mechanism"]
    assert "as recorded" in body["sentence"]


def test_other_bits_without_a_program_are_unknown(tmp_path: Path) -> None:
    """What was not run here is told, and no axis is named."""
    answer = ask(write(tmp_path / "a", operate(1.0)), write(tmp_path / "b", operate(2.0)))
    body = answer.to_json()
    assert (body["cause"], body["grade"]) == ("unknown", "not shown")
    assert [row["tested"] for row in body["excluded"]] == [False]
    assert "its directory is not here" in body["excluded"][0]["how"]


def test_number_is_a_cause_only_in_equal_worlds(tmp_path: Path) -> None:
    """A number that differs may come from the world: with other worlds it is no cause."""

    def multiply(value: float) -> Callable[[Recorder], object]:
        return lambda trace: trace.event("operation", "numpy.multiply", inputs={"x": value}, outputs={"y": value})

    equal = ask(write(tmp_path / "a", multiply(0.1)), write(tmp_path / "b", multiply(0.2)))
    assert equal.to_json()["cause"] == "configuration"
    zone = {"TZ": "Asia/Tokyo"}
    other = ask(tmp_path / "a", write(tmp_path / "c", multiply(0.2), environment=zone))
    assert other.to_json()["cause"] == "unknown"


def test_files_of_arrays_are_refused(tmp_path: Path) -> None:
    """A file does not say how it was made."""
    for name, value in (("a", 1.0), ("b", 2.0)):
        np.save(tmp_path / f"{name}.npy", np.array([value]))
    with pytest.raises(UsageError, match="cannot be searched"):
        ask(tmp_path / "a.npy", tmp_path / "b.npy")


def test_nothing_compared_is_no_answer(tmp_path: Path) -> None:
    """Two empty traces could not be judged."""
    with pytest.raises(CouldNotJudgeError):
        ask(write(tmp_path / "a", lambda _: None), write(tmp_path / "b", lambda _: None))


def test_text_and_markdown_name_the_cause(tmp_path: Path) -> None:
    """Cause, proof and what was excluded stand in both forms, in lines of 80 columns."""
    answer = ask(write(tmp_path / "a", seed(1)), write(tmp_path / "b", seed(2)))
    found = Finding(
        cause="kernel",
        proof=(Proof(what="run it", result="equal, 2 of 2 times"),),
        excluded=(Excluded(axis="threads", how="the same bits"), Excluded(axis="libm", how="no tool", tested=False)),
    )
    shown = Answer(comparison=answer.comparison, finding=found)
    for text in (format_text(shown), format_markdown(shown)):
        assert all(word in text for word in ("cause: kernel, shown twice", "equal, 2 of 2 times", "not tested"))
    assert max(map(len, format_text(shown).splitlines())) <= 80
    once = attrs.evolve(found, proof=(Proof(what="run it", result="3 states"),))
    assert "cause: kernel, shown." in Answer(comparison=answer.comparison, finding=once).sentence


def test_command_is_told_before_it_runs_in_one_safe_line(tmp_path: Path) -> None:
    """A command of a stranger cannot print lines of its own, nor control a terminal."""
    command = ("sh", "-c", "true\nidentical\x1b[2J")
    sides = write(tmp_path / "a", operate(1.0), command=command), write(tmp_path / "b", operate(2.0), command=command)
    told: list[str] = []
    find_cause(WhyRequest(a=str(sides[0]), b=str(sides[1]), environment={}, tell=told.append))
    assert told == ["runs again: sh -c 'true identical?[2J'"] * 2


def test_worlds_that_differ_at_their_end_are_told_apart(tmp_path: Path) -> None:
    """Long values lose their middle, and JSON has them whole, beside what `diff` says of the recorded worlds."""
    answer = ask(write(tmp_path / "a", seed(1)), write(tmp_path / "b", seed(2)))
    values = tuple(f"X86_V4 AVX512_ICL AVX512_SPR X86_V{last}" for last in (2, 3))
    rows = tuple(WorldRow(axis="simd", value=value, status="same", found=value) for value in values)
    shown = Answer(comparison=answer.comparison, finding=Finding(worlds=rows))
    lines = [line for line in format_text(shown).splitlines() if line.lstrip().startswith("simd")]
    assert len(set(lines)) == 2
    body = shown.to_json()
    assert [row["value"] for row in body["alone"]] == list(values)
    assert body["worlds"] == answer.to_json()["worlds"]


def test_nothing_is_run_if_so_asked(tmp_path: Path) -> None:
    """With the directory here, too, the command of a trace stays what it is: a text."""
    details = {"directory": str(tmp_path)}
    sides = write(tmp_path / "a", operate(1.0), **details), write(tmp_path / "b", operate(2.0), **details)
    told: list[str] = []
    request = WhyRequest(a=str(sides[0]), b=str(sides[1]), environment={}, tell=told.append, replay=False)
    body = find_cause(request).to_json()
    assert (body["cause"], body["runs"], told) == ("unknown", 0, [])
    assert "as asked" in body["excluded"][0]["how"]


def test_remedy_of_a_kernel_works_as_printed() -> None:
    """The portable product that is named takes matrices, and a vector as the remedy writes it."""
    advice = next(axis for axis in AXES if axis.name == "kernel").advise()
    assert "appliance.matmul" in advice
    assert "v[:, None]" in advice
    a, v = np.ones((3, 4), np.float32), np.ones(4, np.float32)
    assert appliance.matmul(a, v[:, None]).shape == (3, 1)
