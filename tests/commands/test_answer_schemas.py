"""What commands print with --json: every answer follows its schema, and is read; wrong keys and types are refused."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import pytest
import typer

from appliance.benchmark.cost.suite import Plan, measure_cost
from appliance.cli.app import app, run
from appliance.proving.answer import Answer as ProveAnswer
from appliance.proving.closure import Closure
from appliance.proving.closure import Finding as OpenState
from appliance.proving.planted import Attempt as FaultAttempt
from appliance.proving.planted import SelfTest as ProveSelfTest
from appliance.proving.trials import Trial
from appliance.proving.worlds import NotTried
from appliance.vary.planted import SelfTest as VarySelfTest
from appliance.vary.planted import Trap
from appliance.verification.array_goldens import ArrayGoldenRecord
from appliance.verification.recording import Recorded
from appliance.why.answer import Answer as WhyAnswer
from appliance.why.answer import Excluded, Finding, Proof
from appliance.why.fingerprints import MissRow
from appliance.why.mechanism import Evidence
from appliance.why.planted import Attempt as CauseAttempt
from appliance.why.planted import SelfTest as WhySelfTest
from appliance.why.worlds import WorldRow
from support.cost_answers import make_full_answer, make_row
from support.json_schema import list_errors
from support.planted_traces import record_trace
from support.printed_answers import BY_ID
from support.specimens import fake_digest, make_golden, parse_unsound, remove
from verify.errors import CouldNotJudgeError
from verify.files.schemas import ANSWERS, KINDS, build_schema
from verify.judging.comparison import compare_sides
from verify.judging.sides import read_side
from verify.rendering.certificates import describe_self_test
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

SCHEMAS: dict[str, Any] = {kind.schema: build_schema(kind) for kind in BY_ID.values()}
# Every quick command, in an order in which a later one uses what an earlier one wrote.
LINES = (
    "train smoke --out runs/a --trace epoch",
    "train smoke --seed 7 --set training.epochs=1 --out runs/b",
    "diff runs/a runs/b",
    "diff a.npz b.npz",
    "diff a.npz a.npz",
    "diff runs/a runs/b runs/a",
    "why runs/a runs/b --no-replay",
    "why runs/a runs/a --no-replay",
    "runs",
    "predict runs/a synthetic",
    "benchmark smoke --repeats 2 --seeds 2",
    "benchmark smoke --seeds 2 --set training.epochs=1 --sweep optimizer.learning_rate=0.1,0.2",
    "checklist runs/a",
    "checklist runs/a --for neurips",
    "export runs/a --format bundle --out evidence.zip",
    "export runs/a --format in-toto --out statements.jsonl",
    "export runs/a --format ro-crate --out crate",
    "fingerprint",
    "fingerprint --diff runs/a runs/b",
    "verify runs/a",
    "config list",
    "config show smoke",
    "config new mine.toml --from smoke",
    "data list",
    "data check synthetic",
    "data generate mine --train-samples 200 --test-samples 100 --data-dir files",
    "golden list",
    "golden check",
    "golden list tests",
    "golden check tests",
    "--version",
    "train nosuch",
)


# Their answers are checked where they run: with processes, machines, a network or libraries.
ELSEWHERE = {
    "agree", "certify", "data fetch", "fleet", "golden record", "prove resume", "prove workers", "report", "run",
    "shrink", "trace", "vary",
}  # fmt: skip


def list_commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Yield the words of every command that has the option --json."""
    for name, found in group.commands.items():
        words = f"{before} {name}".strip()
        if isinstance(found, click.Group):
            yield from list_commands(found, words)
        elif any("--json" in option.opts for option in found.params):
            yield words


def test_every_command_is_asked() -> None:
    """Each command with --json is in a line here, or in the list of those that are asked elsewhere."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    names = set(list_commands(group))
    assert len(names) > len(ELSEWHERE)
    assert names == {name for name in names if any(f"{line} ".startswith(f"{name} ") for line in LINES)} | ELSEWHERE


def make_prove_answer() -> dict[str, object]:
    """Return an answer of `prove resume` that found something."""
    state = OpenState(name="n", path="p", stop=2, undisturbed="1", resumed="2", changes_results=True)
    closure = Closure(
        findings=(state,), followers=1, stops=(1, 2), results_differ=True, repeats=True, objects=9, unstable=("u",),
        excepted={"e": "r"}, opaque={"o": 1}, is_whole=True,
    )  # fmt: skip
    return ProveAnswer(
        subject="resume", config="smoke", config_digest=fake_digest("c"), verdict="different", sentence="s",
        trials=(Trial(stop="", world="here", status="different", first="f"),),
        not_tried=(NotTried(name="n", reason="r"),), closure=closure, notes=("n",), remedy="r", seconds=1.25,
    ).to_json()  # fmt: skip


def make_why_answer(place: Path) -> dict[str, Any]:
    """Return an answer of `why` with everything that is found."""
    row = WorldRow(axis="kernel", value="Haswell", status="changes", found="Haswell")
    proof = Proof(what="run", result="as the other", holds=True)
    finding = Finding(
        cause="kernel", mechanism="m", values="1 / 2", also=("libm",), proof=(proof,), worlds=(row,), remedy="r",
        excluded=(Excluded(axis="date", how="h"),), evidence=(Evidence(what="w", a="1", b="2"),),
        fixed=(proof,), runs=3,
    )  # fmt: skip
    a, b = (read_side(str(record_trace(place / name))) for name in ("a", "b"))
    return WhyAnswer(comparison=compare_sides(a, b), finding=finding).to_json()


def list_specimens(place: Path) -> list[Any]:
    """Return answers of what takes too long here, made as the commands make them."""
    attempt = CauseAttempt(name="n", right=("seed",), named="seed", judged="right")
    miss = MissRow(function="f", change="c", missed=1, trials=2, ours=False)
    plan = Plan(threads=1, quick=True, parts=())
    cost = {**measure_cost(plan, lambda _: None), "rows": [make_row("portable f32", "native f32", 0.5)]}
    return [
        make_prove_answer(),
        make_why_answer(place),
        WhySelfTest(attempts=(attempt,), misses=(miss,)).to_json(),
        VarySelfTest(traps=(Trap(axis="date", named=("date",), verdict="different"),)).to_json(),
        ProveSelfTest(attempts=(FaultAttempt(name="n", named="x", judged="found"),)).to_json(),
        Recorded(config="smoke", golden=parse_unsound(make_golden()), path=place, changes=("c",)).to_json(),
        ArrayGoldenRecord(target="tests", output="o", confirmed=True).to_json(),
        describe_self_test([Result(id="C001", title="t", status="pass")]),
        cost,
        make_full_answer(),
        {"schema": "repro-appliance/cost-runs/1", "runs": [cost, make_full_answer()]},
    ]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Return real answers by their schema."""
    place, before = tmp_path_factory.mktemp("answers"), Path.cwd()
    found: dict[str, list[Any]] = {}
    with pytest.MonkeyPatch.context() as patch, (place / "shown").open("w+", encoding="utf-8") as shown:
        patch.setattr("appliance.launch.restart.ensure_environment", lambda *_: None)
        patch.setattr("sys.stdout", shown)
        os.chdir(place)
        try:
            np.savez("a.npz", w=np.arange(3.0))
            np.savez("b.npz", w=np.arange(3.0) + 1)
            Path("tests").mkdir()
            said = [ask(line, shown) for line in LINES]
        finally:
            os.chdir(before)
    for answer in [*said, *json.loads(json.dumps(list_specimens(place)))]:
        found.setdefault(answer["schema"], []).append(answer)
    return found


def ask(line: str, shown: TextIO) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a command prints with --json."""
    shown.seek(0)
    shown.truncate()
    run([*shlex.split(line), "--json"])
    shown.seek(0)
    return json.loads(shown.read())


def test_every_schema_has_an_answer(answers: dict[str, list[Any]]) -> None:
    """Each kind of answer was printed or made here; three need PyTorch, a program to trace, or libraries for pages."""
    elsewhere = {"repro-appliance/against-torch/1", "repro-appliance/trace-summary/1", "repro-appliance/report/1"}
    assert {kind.schema for kind in ANSWERS.values()} - set(answers) == elsewhere


def test_answers_follow_their_schemas(answers: dict[str, list[Any]]) -> None:
    """Schema and reader take every answer, and the reader writes it again as it was."""
    for schema, found in answers.items():
        for answer in found:
            assert list_errors(answer, SCHEMAS[schema]) == [], schema
            kind = BY_ID[schema]
            assert drop_nulls(kind.to_json(kind.parse(answer, "here"))) == drop_nulls(answer)


def drop_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value without the keys that are null: a reader does not tell them from those that are absent."""
    if isinstance(value, dict):
        return {key: drop_nulls(item) for key, item in value.items() if item is not None}
    return list(map(drop_nulls, value)) if isinstance(value, list) else value


def test_only_what_other_versions_wrote_may_have_other_keys() -> None:
    """A report from another machine, and a trace of another program, may be of another version; the rest is ours."""
    tolerant = {name for name, kind in {**KINDS, **ANSWERS}.items() if build_schema(kind)["additionalProperties"]}
    assert tolerant == {"agreement", "certificate", "cost", "trace", "verification"}


@pytest.mark.parametrize("name", ANSWERS)
def test_wrong_answers_are_refused(name: str, answers: dict[str, list[Any]]) -> None:
    """Without a key, with another type, with an unknown key where none is allowed: schema and reader say no."""
    kind = ANSWERS[name]
    schema = SCHEMAS[kind.schema]
    for answer in answers.get(kind.schema, ())[:1]:
        broken = [remove(answer, key) for key in schema["required"]]
        typed = set(schema["properties"]) - {"targets"}  # which are JSON of any form
        broken += [{**answer, key: 0.5 if isinstance(answer[key], str) else "text"} for key in answer if key in typed]
        broken += [] if schema["additionalProperties"] else [{**answer, "unknown": 1}]
        for value in filter(lambda value: value != answer, broken):
            assert list_errors(value, schema), value
            with pytest.raises(CouldNotJudgeError):
                kind.parse(value, "here")
