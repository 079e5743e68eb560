"""The speed targets of the project, and whether the measurements meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Answer = Mapping[str, Any]

_POINTS = 100.0


@attrs.frozen(kw_only=True)
class Outcome:
    """One target and its worst case.

    Attributes:
        title: what is asked for.
        bound: the least, or where `lower_is_better` the most, that meets it.
        lower_is_better: how to read `bound` and `found`.
        unit: of `bound` and `found`; empty for ratios.
        data: which data, where that matters.
        found: the worst value measured, with the interval of its median; None if nothing was measured.
        where: the case of that value.
    """

    title: str
    bound: float
    lower_is_better: bool = False
    unit: str = ""
    data: str = ""
    found: float | None = None
    low: float | None = None
    high: float | None = None
    where: str = ""
    met: bool | None = attrs.field(init=False)
    margin: float | None = attrs.field(init=False)

    @met.default
    def _judge(self) -> bool | None:
        if self.found is None:
            return None
        return self.found <= self.bound if self.lower_is_better else self.found >= self.bound

    @margin.default
    def _find_margin(self) -> float | None:
        """By which fraction of the bound it is met (positive) or missed (negative)."""
        if self.found is None:
            return None
        return (self.bound - self.found if self.lower_is_better else self.found - self.bound) / self.bound


@attrs.frozen(kw_only=True)
class StepTarget:
    """A bound on the ratio of steps: subject against baseline, over a range of sizes, for each kind of data.

    `inverted` asks for the time as a multiple of the baseline's, at most `bound`.
    """

    title: str
    subject: str
    baseline: str
    bound: float
    least_hidden: int = 32
    most_hidden: int = 2048
    least_batch: int = 64
    most_batch: int = 1024
    inverted: bool = False

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Tell whether this target applies to a row of the suite."""
        pair = row["kind"] == "step" and (row["subject"], row["baseline"]) == (self.subject, self.baseline)
        return (
            pair
            and self.least_hidden <= row["hidden"] <= self.most_hidden
            and self.least_batch <= row["batch"] <= self.most_batch
        )

    def judge(self, rows: list[dict[str, Any]], data: str) -> Outcome:
        """Return the outcome by the row with the lowest ratio."""
        chosen = [row for row in rows if self.covers(row) and row["data"] == data]
        empty = Outcome(title=self.title, bound=self.bound, lower_is_better=self.inverted, data=data)
        if not chosen:
            return empty
        worst = min(chosen, key=lambda row: float(row["ratio"]))
        numbers = [worst["ratio"], worst["ratio_low"], worst["ratio_high"]]
        if self.inverted:
            found, high, low = (None if value is None else 1 / value for value in numbers)
        else:
            found, low, high = numbers
        return attrs.evolve(empty, found=found, low=low, high=high, where=worst["case"])


def _expect(title: str, subject: str, baseline: str, bound: float, **limits: Any) -> StepTarget:  # noqa: ANN401
    return StepTarget(title=title, subject=subject, baseline=baseline, bound=bound, **limits)


_P32, _P64, _N32, _TORCH = "portable f32", "portable f64", "native f32", "PyTorch f32"
STEP_TARGETS = (
    _expect("portable f32 against native f32, hidden >= 128, batch >= 64", _P32, _N32, 0.95, least_hidden=128),
    _expect("portable f32 against native f32, hidden >= 32, batch >= 64", _P32, _N32, 0.85),
    _expect("portable f32 against native f32, every size and batch", _P32, _N32, 0.85, least_batch=1),
    _expect("portable f32 against PyTorch f32, hidden 32 to 1024, batch >= 64", _P32, _TORCH, 1.0, most_hidden=1024),
    _expect("portable f32 against PyTorch f32, every size and batch", _P32, _TORCH, 1.0, least_batch=1),
    _expect(
        "portable f32 against PyTorch f32 at baseline (128, batch 64)",
        _P32,
        _TORCH,
        1.3,
        least_hidden=128,
        most_hidden=128,
        most_batch=64,
    ),
    _expect("portable f64 against native f64, batch >= 64", _P64, "native f64", 0.97),
    *(
        _expect(
            f"time of a portable {name} step over its bare BLAS calls, hidden >= 512",
            f"portable {name}",
            f"bare BLAS {name}",
            1.15,
            least_hidden=512,
            inverted=True,
        )
        for name in ("f32", "f64")
    ),
)
_COMMANDS = (("--help", 0.2), ("fingerprint", 1.0), ("verify", 10.0))
_FLAT = 1.02
_ACCURACY = 0.2


def judge_targets(answer: Answer) -> list[Outcome]:
    """Return the outcome of every target from the JSON form of the suite; not judged where nothing was measured."""
    return [*_judge_steps(answer), *_judge_accuracy(answer), *_judge_commands(answer), _judge_memory(answer)]


def _judge_steps(answer: Answer) -> Iterator[Outcome]:
    for target in STEP_TARGETS:
        yield from (target.judge(answer["rows"], data) for data in ("images", "dense"))


def _judge_accuracy(answer: Answer) -> Iterator[Outcome]:
    scores = {(row["config"], row["subject"]): row["test_accuracy"] for row in answer["accuracy"]}
    for subject in (_P32, _P64):
        gaps = [
            (abs(scores[name, subject] - scores[name, _N32]) * _POINTS, name)
            for name in sorted({config for config, _ in scores})
            if scores.get((name, subject)) is not None and scores.get((name, _N32)) is not None
        ]
        found, where = max(gaps, default=(None, ""))
        title = f"{subject}: distance of its test accuracy on real data from native f32"
        yield Outcome(title=title, bound=_ACCURACY, lower_is_better=True, unit="points", found=found, where=where)


def _judge_commands(answer: Answer) -> Iterator[Outcome]:
    rows = {row["command"]: row for row in answer["start_up"]}
    for command, bound in _COMMANDS:
        row = rows.get(command, {})
        yield Outcome(
            title=f"wall time of {command}",
            bound=bound,
            lower_is_better=True,
            unit="s",
            found=row.get("seconds"),
            low=row.get("low"),
            high=row.get("high"),
        )


def _judge_memory(answer: Answer) -> Outcome:
    rows = [row for row in answer["memory"] if row["hidden"] == 128 and row["bytes"]]  # noqa: PLR2004 - of baseline
    peaks = dict(sorted((row["epochs"], row["bytes"]) for row in rows))
    title = "peak memory of several epochs over that of one"
    if len(peaks) < 2 or 1 not in peaks:  # noqa: PLR2004 - one peak cannot be compared
        return Outcome(title=title, bound=_FLAT, lower_is_better=True)
    epochs = max(peaks, key=lambda count: (count > 1, peaks[count]))
    return Outcome(
        title=title, bound=_FLAT, lower_is_better=True, found=peaks[epochs] / peaks[1], where=f"{epochs} epochs"
    )
