"""The command `benchmark --suite cost`, with the measurement replaced: what it writes where, what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.benchmark.cost import request, suite
from appliance.benchmark.cost.contest import Contest
from appliance.benchmark.cost.request import Request, choose_parts, run_suite
from appliance.benchmark.fresh import start_python
from appliance.benchmark.timing import Effort
from support.cost_answers import make_full_answer
from verify.errors import UsageError
from verify.files.cost_answers import COST_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ROOT_KEYS = {
    "schema", "bits", "measured", "quick", "parts", "threads", "environment", "rows", "memory", "start_up", "growth",
    "accuracy", "targets",
}  # fmt: skip
_ROW_KEYS = {"case", "kind", "subject", "baseline", "ratio", "ratio_low", "ratio_high"}


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[suite.Plan]:
    """Replace the measurement; return the plans it was given."""
    asked: list[suite.Plan] = []

    def measure(plan: suite.Plan, _: object) -> dict[str, Any]:
        asked.append(plan)
        return make_full_answer(threads=plan.threads)

    monkeypatch.setattr(request, "measure_cost", measure)
    return asked


def test_json_goes_to_standard_output(
    call: Callable[..., int],
    plans: list[suite.Plan],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One JSON object with sorted keys, and nothing else anywhere."""
    assert call("benchmark", "--suite", "cost", "--quick", "--threads", 2, "--json") == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["schema"], answer["threads"], err) == ("repro-appliance/cost/1", 2, "")
    assert list(answer) == sorted(answer)
    assert (plans[0].quick, plans[0].parts) == (True, suite.QUICK_PARTS)


def test_table_goes_to_standard_output(
    call: Callable[..., int],
    plans: list[suite.Plan],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The table is the result; nothing goes to standard error."""
    assert call("benchmark", "--suite", "cost") == 0
    out, err = capsys.readouterr()
    assert ("targets" in out, err, plans[0].parts) == (True, "", suite.PARTS)


def test_report_is_written_from_earlier_runs(plans: list[suite.Plan], tmp_path: Path) -> None:
    """Files with JSON replace a measurement; both thread counts are on the page."""
    sources = []
    for threads in (1, 2):
        path = tmp_path / f"threads-{threads}.json"
        path.write_text(json.dumps(make_full_answer(threads=threads)), encoding="utf-8")
        sources.append(path)
    run_suite(Request(report=tmp_path / "page.md", sources=tuple(sources)), print)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "2026-11-23 on 1 thread(s)" in page
    assert "2026-11-23 on 2 thread(s)" in page
    assert plans == []


def test_targets_of_an_earlier_run_are_judged_again(tmp_path: Path) -> None:
    """A file cannot claim that it meets a target which its rows miss."""
    answer = make_full_answer()
    for row in answer["targets"]:
        row["met"] = True
    path = tmp_path / "run.json"
    path.write_text(json.dumps(answer), encoding="utf-8")
    (found,) = run_suite(Request(sources=(path,)), print)
    assert False in [row["met"] for row in found["targets"]]


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "another"}'])
def test_file_that_is_no_run_is_refused(text: str, tmp_path: Path) -> None:
    """An empty file, another JSON value and another schema are named as such."""
    path = tmp_path / "run.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        run_suite(Request(sources=(path,)), print)


def test_missing_directory_is_found_before_measuring(plans: list[suite.Plan], tmp_path: Path) -> None:
    """Minutes of measuring are not thrown away for a wrong path."""
    with pytest.raises(UsageError, match="directory of this file does not exist"):
        run_suite(Request(report=tmp_path / "absent" / "page.md"), print)
    assert plans == []


def test_parts_are_chosen_by_name() -> None:
    """Named parts are kept once each, in their order; an unknown one is refused."""
    assert choose_parts(" steps,ops,steps", quick=False) == ("steps", "ops")
    assert "accuracy" not in choose_parts("", quick=True)
    with pytest.raises(UsageError, match="no part of this name"):
        choose_parts("steps,traces", quick=False)


@pytest.mark.parametrize(("name", "config"), [("speed", None), ("cost", "smoke")])
def test_suite_and_configuration_exclude_each_other(name: str, config: str | None) -> None:
    """An unknown suite, and a configuration together with a suite, are mistakes in the request."""
    with pytest.raises(UsageError):
        run_suite(Request(suite=name, config=config), print)


@pytest.mark.process
def test_benchmark_needs_one_of_them() -> None:
    """Without configuration and suite the command ends with 2 and says what is missing."""
    done = start_python(["-m", "appliance", "benchmark"], prepared=False)
    assert (done.code, done.output) == (2, "")
    assert "--config" in done.messages
    assert "--suite" in done.messages


def test_answer_has_the_promised_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite's own answer, with one contest: schema, threads as read back, rows, environment, targets."""

    def list_contests(*, quick: bool) -> Iterator[Contest]:
        assert quick
        yield Contest(case="nothing", kind="op", runners={name: lambda first, count: (first, count) for name in "ab"})

    monkeypatch.setattr(suite, "list_op_contests", list_contests)
    monkeypatch.setattr(suite, "load_peers", lambda: {"PyTorch": None})
    seen: list[str] = []
    plan = suite.Plan(threads=1, quick=True, parts=("ops",))
    monkeypatch.setattr(suite.Plan, "choose_effort", lambda _: Effort(turn=0.0, rounds=3, least=3, budget=1.0))
    answer = suite.measure_cost(plan, seen.append)
    assert set(answer) == _ROOT_KEYS
    assert set(answer["rows"][0]) >= _ROW_KEYS
    assert (answer["threads"], answer["parts"], seen) == (1, ["ops"], ["nothing"])
    assert answer["environment"]["threads"]["asked"] == 1
    assert answer["environment"]["peers"] == {"PyTorch": None}
    assert json.loads(json.dumps(answer, allow_nan=False))["schema"] == COST_ANSWER.schema


def test_more_threads_mean_a_rest_before_each_turn() -> None:
    """Idle threads of one library are given time to leave the processors to the next."""
    efforts = [suite.Plan(threads=threads, quick=False, parts=()).choose_effort() for threads in (1, 2)]
    assert [effort.rest > 0 for effort in efforts] == [False, True]
    assert min(effort.rounds for effort in efforts) >= 15
