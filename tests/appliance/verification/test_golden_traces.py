"""Goldens that commit to a trace: nothing changes without one; the first epoch that differs is named."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance import streams
from appliance.config import load_config
from appliance.data import load_dataset
from appliance.runs.traced import parse_plan
from appliance.runs.train import Request, train_and_write
from appliance.training import execute, loop
from appliance.training.execute import run_training
from appliance.verification import traced
from appliance.verification.recording import Recording, record_golden
from appliance.verification.retraining import Retraining, judge_config
from verify.files.golden import GOLDEN, Golden, seal
from verify.files.goldens import DIRECTORY, read_golden, write_golden
from verify.judging.runs import judge_run

if TYPE_CHECKING:
    from pathlib import Path

    from verify.results import Judgement, Result

HEADS = (
    "sha256:5556f1486052103b48b8939211b2366279dcd8bed7d742b31885ed3b2ff7b749",
    "sha256:86690c10e08544d3346e7a0cc8ab179cffc8d255d4125e65afd2482201eb1795",
)


@pytest.fixture(scope="module")
def goldens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a golden of `smoke` that commits to the trace."""
    place = tmp_path_factory.mktemp("goldens")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        record_golden("smoke", Recording(golden_dir=place, trace=True))
    return place


def find(judgement: Judgement) -> Result | None:
    """Return the result about the trace."""
    return next((result for result in judgement.results if result.id == "V015"), None)


def judge(goldens: Path) -> Judgement:
    """Train `smoke` again and compare."""
    return judge_config(load_config("smoke"), Retraining(golden_dir=goldens))


def write_changed(place: Path, golden: Golden, **changes: Any) -> Path:  # noqa: ANN401 - fields of a trace
    """Write a golden of which the trace was changed, with a seal that fits."""
    assert golden.trace is not None
    write_golden(place / "smoke.json", seal(attrs.evolve(golden, trace=attrs.evolve(golden.trace, **changes))))
    return place


def test_a_golden_commits_to_a_trace(goldens: Path) -> None:
    """The golden has one head for each epoch; all else is as in the golden that ships."""
    golden = read_golden(goldens / "smoke.json")
    assert golden.trace is not None
    assert tuple(head.head for head in golden.trace.heads) == HEADS  # another layout? raise STEP_LAYOUT
    assert (golden.trace.layout, [head.epoch for head in golden.trace.heads]) == (1, [1, 2])
    shipped = read_golden(DIRECTORY / "smoke.json")
    assert "trace" not in GOLDEN.to_json(shipped)
    assert (shipped.digests, shipped.epochs) == (golden.digests, golden.epochs)


def test_an_equal_training_has_the_trace(goldens: Path) -> None:
    """The trace is compared."""
    judgement = judge(goldens)
    result = find(judgement)
    assert judgement.verdict == "identical"
    assert result is not None
    assert (result.status, result.expected) == ("pass", HEADS[-1])


def test_a_golden_without_a_trace_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without heads in the golden nothing is traced and nothing is said."""
    monkeypatch.setattr(traced, "record_training", None)
    judgement = judge_config(load_config("smoke"), Retraining())
    assert (judgement.verdict, find(judgement)) == ("identical", None)


def test_another_order_in_a_batch_is_another_trace(goldens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact sums give the same weights for another order of the samples of a batch; the trace tells it."""
    draw = streams.draw_permutation

    def swap(count: int, seed: int, name: str, epoch: int) -> Any:  # noqa: ANN401 - an array
        order = draw(count, seed, name, epoch)
        if epoch == 2:
            order[[0, 1]] = order[[1, 0]]
        return order

    monkeypatch.setattr(loop, "draw_permutation", swap)
    judgement = judge(goldens)
    result = find(judgement)
    assert result is not None
    assert (result.status, result.where) == ("fail", "epoch 2; the weights after it agree")
    assert result.remedy is not None
    weights = next(result for result in judgement.results if result.id == "V005")
    assert (judgement.verdict, weights.status) == ("different", "pass")


def test_other_data_is_another_trace(goldens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One other label: the first epoch differs, and so do its weights."""

    def load(*arguments: Any) -> Any:  # noqa: ANN401 - a data set
        dataset = load_dataset(*arguments)
        labels = np.array(dataset.train_labels)
        labels[5] = (labels[5] + 1) % dataset.classes
        return attrs.evolve(dataset, train_labels=labels)

    monkeypatch.setattr(execute, "load_dataset", load)
    result = find(judge(goldens))
    assert result is not None
    assert (result.status, result.where) == ("fail", "epoch 1; the weights after it differ")


def test_run_directories_are_compared_too(goldens: Path, tmp_path: Path) -> None:
    """A run with every step passes; with other heads it fails; without steps the trace is not compared."""
    for level in ("step", "epoch", None):
        train_and_write(
            Request(config="smoke", out=tmp_path / str(level), trace=parse_plan(level)), lambda _: nullcontext()
        )
    judgements = {level: judge_run(tmp_path / level, goldens) for level in ("step", "epoch", "None")}
    results = [find(judgement) for judgement in judgements.values()]
    assert [result.status for result in results if result is not None] == ["pass", "info", "info"]
    assert {judgement.verdict for judgement in judgements.values()} == {"identical"}
    golden = read_golden(goldens / "smoke.json")
    assert golden.trace is not None
    heads = (golden.trace.heads[0], attrs.evolve(golden.trace.heads[1], head="sha256:" + "0" * 64))
    (tmp_path / "changed").mkdir()
    place = write_changed(tmp_path / "changed", golden, heads=heads)
    judgement = judge_run(tmp_path / "step", place)
    result = find(judgement)
    assert result is not None
    assert (judgement.verdict, result.where) == ("different", "epoch 2; the weights after it agree")


def test_a_trace_of_another_layout_is_not_compared(goldens: Path, tmp_path: Path) -> None:
    """Events of another version of the program could not be judged."""
    result = find(judge(write_changed(tmp_path, read_golden(goldens / "smoke.json"), layout=2)))
    assert result is not None
    assert (result.status, result.expected) == ("could-not-judge", "blocks64/1, layout 2")


def test_a_trace_that_is_not_whole_is_not_compared(goldens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room for the events the run could not be judged."""
    monkeypatch.setattr("verify.tracing.event_file.os.write", _fail)
    (result,) = judge(goldens).results
    assert (result.id, result.status, result.title) == (
        "V014",
        "could-not-judge",
        "the trace of a training is not whole",
    )


def _fail(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_native_runs_have_no_trace_to_compare(goldens: Path) -> None:
    """The trace of a golden is that of portable arithmetic."""
    judgement = judge_config(load_config("smoke"), Retraining(golden_dir=goldens, profile="native", train=run_training))
    assert find(judgement) is None
