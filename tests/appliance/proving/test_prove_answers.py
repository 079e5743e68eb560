"""Verdicts, sentences and exit codes of `prove`, from plain data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from appliance.proving.closure import Closure, Finding
from appliance.proving.execute import judge, parse_count
from appliance.proving.reading import Ran, find_difference
from appliance.proving.request import Subject
from appliance.proving.shortening import shorten_config
from appliance.proving.spreading import parse_counts
from appliance.proving.stops import Stop, assign_worlds, choose_stops
from appliance.proving.trials import Trial
from appliance.proving.worlds import HERE, NotTried, World
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance.proving.answer import Answer

SAME = Trial(stop="epoch 1, step 1", world=HERE, status="identical")
OTHER = Trial(stop="epoch 1, step 2", world=HERE, status="different", first="epoch 1, weights")
LOST = Trial(stop="epoch 1, step 3", world=HERE, status="not judged", first="exit code 2")
AWAY = attrs.evolve(LOST, world="emulated s390x")
FINDING = Finding(
    name="mine.py: Noise._calls",
    path="training.config.model.layers[1]._calls",
    stop=1,
    undisturbed="8",
    resumed="7",
    changes_results=False,
)
CLOSED = Closure(
    findings=(),
    followers=0,
    stops=(1, 2),
    results_differ=False,
    repeats=True,
    objects=9000,
    unstable=(),
    excepted={},
    opaque={},
    is_whole=True,
)
RAN = Ran(
    digests={
        "dataset": "d",
        "initial_weights": "i",
        "final_weights": "f",
        "history": "h",
        "predictions": "p",
        "run": "r",
    },
    epochs=({"epoch": 1, "train_loss": 0.5, "weights": "w"}, {"epoch": 2, "train_loss": 0.4, "weights": "v"}),
    files={"record.json": "a", "history.jsonl": "b", "weights.safetensors": "c", "predictions.safetensors": "d"},
)


def answer(*trials: Trial, closure: Closure | None = CLOSED) -> Answer:
    """Return the answer to some trials."""
    missing = (NotTried(name="several workers", reason="mpi4py is not installed"),)
    return judge(Subject(config="smoke"), trials, missing, closure, ("a note",))


@pytest.mark.parametrize(
    ("trials", "closure", "verdict", "exit_code", "told"),
    [
        ((SAME,), CLOSED, "identical", 0, "each of 1 stop points"),
        ((SAME, OTHER), CLOSED, "different", 1, "epoch 1, step 2 (as here) differs first in: epoch 1, weights"),
        ((SAME, LOST), CLOSED, "could-not-judge", 3, "was not resumed after epoch 1, step 3"),
        ((SAME, AWAY), CLOSED, "identical", 0, "each of 1 stop points"),
        ((SAME,), None, "could-not-judge", 3, "the state closure was not tried"),
        ((SAME,), attrs.evolve(CLOSED, is_whole=False), "could-not-judge", 3, "too many objects"),
        ((SAME,), attrs.evolve(CLOSED, repeats=False), "different", 1, "already differ from each other"),
        ((SAME,), attrs.evolve(CLOSED, findings=(FINDING,)), "different", 1, "mine.py: Noise._calls is carried"),
        ((OTHER,), attrs.evolve(CLOSED, findings=(FINDING,)), "different", 1, "; mine.py: Noise._calls is not in"),
    ],
)
def test_verdict(trials: tuple[Trial, ...], closure: Any, verdict: str, exit_code: int, told: str) -> None:  # noqa: ANN401 - None or not
    """Each kind of outcome has its verdict, its exit code and a sentence."""
    found = answer(*trials, closure=closure)
    assert (found.verdict, found.exit_code) == (verdict, exit_code)
    assert told in found.sentence


def test_text_names_everything() -> None:
    """The text has the finding, where it is, what changed, what was not tried and what helps, in 80 columns."""
    text = answer(SAME, AWAY, closure=attrs.evolve(CLOSED, findings=(FINDING,))).to_text()
    for part in ("mine.py: Noise._calls", "reached as", "undisturbed 8", "no result changed", "not tried", "try:"):
        assert part in text
    assert max(map(len, text.splitlines())) <= 80


def test_json_has_the_first_difference() -> None:
    """The object has the schema and the first stop point that differs."""
    body = answer(SAME, OTHER).to_json()
    assert body["schema"] == "repro-appliance/prove/1"
    assert body["first"] == attrs.asdict(OTHER)


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, None),
        ({"digests": {**RAN.digests, "dataset": "x", "run": "x"}}, "dataset"),
        ({"epochs": (RAN.epochs[0], {**RAN.epochs[1], "weights": "x"})}, "epoch 2, weights"),
        ({"epochs": RAN.epochs[:1]}, "the number of epochs: 2 and 1"),
        ({"digests": {**RAN.digests, "predictions": "x"}}, "predictions"),
        ({"files": {**RAN.files, "record.json": "x"}}, "the file record.json"),
    ],
)
def test_first_difference_of_two_runs(changes: dict[str, Any], first: str | None) -> None:
    """What is made first is told first."""
    assert find_difference(RAN, attrs.evolve(RAN, **changes)) == first


def test_equal_results_prove_nothing_in_the_wrong_world() -> None:
    """Another kernel that was not chosen, or workers that did not take part, are doubts."""
    kernel = World(name="kernel", threads=1, plan=lambda _, __: None, field="blas.kernel")  # type: ignore[arg-type, return-value]
    ran = attrs.evolve(RAN, fingerprint={"blas.kernel": "Haswell"})
    assert "as in the undisturbed run" in kernel.find_doubt(ran, ran)
    assert kernel.find_doubt(attrs.evolve(ran, fingerprint={"blas.kernel": "Zen"}), ran) == ""
    assert "1 workers trained, not 2" in attrs.evolve(kernel, workers=2).find_doubt(ran, ran)


def test_every_stop_is_tried_here_and_other_worlds_in_turn() -> None:
    """No stop is left out, and every world has at least one."""
    stops = [Stop(epoch=1, step=step, folder=Path()) for step in range(1, 9)]
    worlds = [World(name=name, threads=1, plan=lambda _, __: None, slow=name == "c") for name in "abc"]  # type: ignore[arg-type, return-value]
    tasks = assign_worlds(stops, worlds)
    assert [stop for stop, world in tasks if world.name == "a"] == stops
    assert {world.name for _, world in tasks} == {"a", "b", "c"}
    assert [stop.step for stop in choose_stops(stops, 3)] == [1, 5, 8]
    assert choose_stops(stops, None) == stops
    assert len(choose_stops(stops, 1)) == 1


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "1.5", "²"])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    """Stop points and workers are counted in digits."""
    with pytest.raises(UsageError):
        parse_count(text)
    with pytest.raises(UsageError):
        parse_counts(text)


def test_numbers() -> None:
    """All, or some; each number of workers once."""
    assert (parse_count("all"), parse_count("3")) == (None, 3)
    assert parse_counts("1, 2,2,5") == (1, 2, 5)


def test_long_training_is_cut_and_says_so() -> None:
    """A short version has whole batches and the rest of one, and two epochs; a tiny one stays as it is."""
    short = shorten_config("baseline")
    assert short.config.training.epochs == 2
    assert short.config.data.train_samples == 4 * 64
    assert "data.train_samples=256" in short.note
    one = shorten_config("convnet-small")
    assert one.config.training.epochs == 2
    assert shorten_config("smoke", ("data.train_samples=64",)).note == ""
