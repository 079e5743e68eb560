"""Files of evidence: what speaks of another run counts for nothing, what speaks against this one decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.checklist import answer_checklist
from support import plants, trained_plants
from support.planted_answers import (
    give,
    make_agreement,
    make_answer_of_vary,
    make_benchmark,
    make_proof,
    make_sweep,
    make_verification,
)
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.checklist import Item

    Make = Callable[[Path], dict[str, Any]]

OTHER = plants.OTHER
FOREIGN: dict[str, tuple[str, Make]] = {
    "repeats of other settings": ("determinism.repeats", lambda run: make_benchmark(run, config_digest=OTHER)),
    "repeats of another profile": ("determinism.repeats", lambda run: make_benchmark(run, repeats={})),
    "one repeat": ("determinism.repeats", lambda run: make_benchmark(run, repeats=make_repeats(run, count=1))),
    "seeds of other settings": ("reporting.seeds", lambda run: make_benchmark(run, config_digest=OTHER)),
    "seeds of another profile": ("reporting.seeds", lambda run: make_benchmark(run, profile="native")),
    "two seeds": ("reporting.seeds", lambda run: make_benchmark(run, seeds={"seeds": [1, 2, 2], "metrics": {}})),
    "a verification without training": ("determinism.retrained", lambda run: make_verification(run, ("J001", "V009"))),
    "a verification of another run": (
        "determinism.retrained",
        lambda run: make_verification(run, expected=OTHER, found=OTHER),
    ),
    "a verification of another name": ("determinism.retrained", lambda run: make_verification(run, config="mine")),
    "one kind of machine": (
        "determinism.machines",
        lambda run: make_agreement(run, ("a", None, "Zen"), ("b", None, "Zen")),
    ),
    "machines with another run": ("determinism.machines", lambda run: make_agreement(run, ("a", OTHER, "Zen"))),
    "worlds of another program": ("determinism.worlds", lambda _: make_answer_of_vary({"w.npy": OTHER})),
    "worlds with another record": ("determinism.worlds", lambda run: make_answer_of_vary(spoil_outputs(run))),
    "worlds that could not be judged": (
        "determinism.worlds",
        lambda run: make_answer_of_vary(plants.read_outputs(run), verdict="could-not-judge"),
    ),
    "a proof of other settings": ("determinism.resume", lambda run: make_proof(run, "resume", config_digest=OTHER)),
    "a proof without trials": ("determinism.resume", lambda run: make_proof(run, "resume", trials=[])),
}
AGAINST: dict[str, tuple[str, Make]] = {
    "repeats that differ": (
        "determinism.repeats",
        lambda run: make_benchmark(run, repeats=make_repeats(run, same=False)),
    ),
    "repeats of another result": (
        "determinism.repeats",
        lambda run: make_benchmark(run, repeats=make_repeats(run, run_digest=OTHER)),
    ),
    "training again differs": ("determinism.retrained", lambda run: make_verification(run, found=OTHER)),
    "training again failed": ("determinism.retrained", lambda run: make_verification(run, found=None)),
    "a machine that differs": (
        "determinism.machines",
        lambda run: make_agreement(run, ("a", None, "Zen"), ("b", OTHER, "Haswell")),
    ),
    "a world that differs": (
        "determinism.worlds",
        lambda run: make_answer_of_vary(plants.read_outputs(run), verdict="different"),
    ),
    "a stop that changes results": ("determinism.resume", lambda run: make_proof(run, "resume", verdict="different")),
}
FOR: dict[str, Make] = {
    "determinism.repeats": make_benchmark,
    "determinism.retrained": make_verification,
    "determinism.machines": lambda run: make_agreement(run, ("a", None, "Zen"), ("b", None, "Haswell")),
    "determinism.worlds": lambda run: make_answer_of_vary(plants.read_outputs(run)),
    "determinism.resume": lambda run: make_proof(run, "resume"),
}
"""Evidence for the run."""


def make_repeats(run: Path, *, same: bool = True, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return repeats with other values."""
    found: dict[str, Any] = make_benchmark(run)["repeats"]
    return {name: row | {"identical": same} | changes for name, row in found.items()}


def spoil_outputs(run: Path) -> dict[str, str]:
    """Return the outputs of this run with another record."""
    return plants.read_outputs(run) | {"run/record.json": OTHER}


@pytest.fixture
def run(smoke_run: Path) -> Path:
    """Return a run of smoke, which no test changes."""
    return smoke_run


def answer(run: Path, name: str, *bodies: dict[str, Any]) -> Item:
    """Return one item, answered with files of evidence."""
    found = answer_checklist(run, evidence=give(run, *bodies).evidence)
    return next(item for item in found.items if item.id == name)


@pytest.mark.parametrize("case", FOREIGN)
def test_evidence_about_something_else_counts_for_nothing(case: str, run: Path) -> None:
    """The item says no, tells what the file speaks of, and how evidence is made."""
    name, make = FOREIGN[case]
    found = answer(run, name, make(run))
    assert found.status == "no"
    assert "no evidence was given" in found.evidence[0].text
    assert any("--evidence" in command for command in found.commands)


@pytest.mark.parametrize("case", AGAINST)
def test_evidence_against_the_run_decides(case: str, run: Path) -> None:
    """One file against the run makes the answer no, whatever another one says; the file is named."""
    name, make = AGAINST[case]
    found = answer(run, name, FOR[name](run), make(run))
    assert found.status == "no"
    assert [one.file for one in found.evidence] == ["evidence-1.json"]
    assert answer(run, name, FOR[name](run)).status == "yes"


def test_settings_tried_come_from_a_sweep(run: Path) -> None:
    """A sweep with these settings answers; without one, or with others, the author has to write it."""
    assert answer(run, "reporting.search", make_sweep(run)).status == "yes"
    assert answer(run, "reporting.search", make_sweep(run, config_digest=OTHER)).status == "not-answerable-by-machine"
    assert answer(run, "determinism.repeats", make_sweep(run)).status == "yes"


def test_samples_that_are_elsewhere_are_answered_by_training_again(tmp_path: Path) -> None:
    """An experiment's samples are not loaded; a verification that trained it again is evidence."""
    (tmp_path / "run").mkdir()
    scene = trained_plants.train_experiment(tmp_path / "run")
    assert answer(scene.run, "data.same").status == "no"
    assert answer(scene.run, "data.same", make_verification(scene.run, ("J001", "R009"))).status == "yes"


def test_samples_that_only_a_program_has_are_told_by_the_author(tmp_path: Path) -> None:
    """Without them no machine can count them or compare their parts; the reason and what to write are said."""
    (tmp_path / "run").mkdir()
    scene = trained_plants.fit_own(tmp_path / "run")
    for name in ("data.controls", "data.counts", "data.separate"):
        found = answer(scene.run, name)
        assert found.status == "not-answerable-by-machine"
        assert "a program gave the samples" in found.evidence[0].text
        assert found.remedy


def test_other_samples_answer_nothing_about_the_run(tmp_path: Path) -> None:
    """Samples with another digest, or none at all, are no evidence for their number, their controls, their parts."""
    (tmp_path / "a" / "run").mkdir(parents=True)
    (tmp_path / "b" / "run").mkdir(parents=True)
    for scene in (
        trained_plants.shorten_samples(tmp_path / "a" / "run"),
        trained_plants.lose_samples(tmp_path / "b" / "run"),
    ):
        found = {item.id: item for item in answer_checklist(scene.run, data_dir=scene.data_dir).items}
        for name in ("data.same", "data.controls", "data.counts", "data.separate"):
            assert found[name].status == "no", name
            assert found[name].remedy


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"schema": "repro-appliance/error/1"}', UsageError),
        ('{"schema": "repro-appliance/run/1"}', UsageError),
        ("[]", UsageError),
        ('{"schema": "repro-appliance/benchmark/1", "config": 1}', CouldNotJudgeError),
        ('{"schema": "repro-appliance/benchmark/1", "config": NaN}', CouldNotJudgeError),
        ("{", CouldNotJudgeError),
        ("", CouldNotJudgeError),
    ],
)
def test_what_is_no_evidence_is_refused(text: str, error: type[Exception], run: Path, tmp_path: Path) -> None:
    """A file of another kind is a mistake in the request; a damaged one cannot be judged."""
    path = tmp_path / "evidence.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error):
        answer_checklist(run, evidence=[path])


def test_missing_file_of_evidence_is_refused(run: Path, tmp_path: Path) -> None:
    """A file that is not there is a mistake in the request."""
    with pytest.raises(UsageError):
        answer_checklist(run, evidence=[tmp_path / "nothing.json"])


@pytest.mark.slow
def test_real_answers_are_evidence(run: Path, tmp_path: Path) -> None:
    """What `benchmark` and `verify` really print is read, and is about this run."""
    from appliance.benchmark.execute import Request, run_benchmark  # noqa: PLC0415 - heavy
    from appliance.verification.retraining import Retraining  # noqa: PLC0415
    from appliance.verification.verify import verify  # noqa: PLC0415

    bodies = (
        run_benchmark(Request(config="smoke", repeats=2, seeds=3)).to_json(),
        verify([str(run)], Retraining(), retrain=True).to_json(),
    )
    paths = []
    for number, body in enumerate(bodies):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(body), encoding="utf-8")
    found = {item.id: item.status for item in answer_checklist(run, evidence=paths).items}
    wanted = ("determinism.repeats", "determinism.retrained", "reporting.seeds")
    assert [found[name] for name in wanted] == ["yes"] * len(wanted)
