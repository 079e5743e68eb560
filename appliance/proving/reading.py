"""What a training of a child gave, and where two of them first differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from verify.digests import digest_file
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.processes.captured import Answer
    from appliance.proving.request import Subject

_FILES = ("record.json", "history.jsonl", "weights.safetensors", "predictions.safetensors")
_BEFORE, _AFTER = ("dataset", "initial_weights"), ("final_weights", "history", "predictions", "run")


@attrs.frozen(kw_only=True)
class Ran:
    """What a training gave.

    Args:
        problem: why there is nothing to compare; empty where there is.
        digests: by name.
        epochs: the rows of the history.
        files: the digests of the files that speak of results, by name.
        parts: how many processes have worked on it.
        workers: how many workers it had; 1 without an engine.
        fingerprint: the compared fields of the fingerprint.
    """

    problem: str = ""
    digests: Mapping[str, str] = attrs.field(factory=dict)
    epochs: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, str] = attrs.field(factory=dict)
    parts: int = 1
    workers: int = 1
    fingerprint: Mapping[str, Any] = attrs.field(factory=dict)


def read_run(answer: Answer, place: Path) -> Ran:
    """Return what a child gave that ran `train --json` into a run directory."""
    if problem := find_problem(answer):
        return Ran(problem=problem)
    try:
        body = json.loads(answer.output)
        fingerprint = json.loads((place / "fingerprint.json").read_text(encoding="utf-8"))
        return Ran(
            digests=body["digests"],
            epochs=tuple(body["epochs"]),
            files={name: digest_file(place / name) for name in _FILES},
            parts=int(body["timing"].get("parts", 1)),
            workers=int(body["timing"].get("workers", 1)),
            fingerprint=fingerprint["compared"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Ran(problem=f"its answer cannot be read: {error}")


def find_problem(answer: Answer) -> str:
    """Return how a child ended that did not end well, with its last message that is no detail of another one."""
    if answer.status == "exited" and answer.code == 0:
        return ""
    ending = answer.reason or {"late": "it took too long"}.get(answer.status, f"exit code {answer.code}")
    lines = [line for line in answer.messages.splitlines() if line.strip() and not line.startswith(" ")]
    return f"{ending}: {lines[-1] if lines else answer.last_line}"


def require_end(problem: str, what: str, subject: Subject, *options: str) -> None:
    """Return if there is no problem.

    Raises:
        CouldNotJudgeError: a training did not end; the remedy is to train with these options.
    """
    if problem:
        raise CouldNotJudgeError(
            f"{what} did not end",
            expected="exit code 0",
            found=problem,
            where=subject.config,
            remedy=" ".join(("repro-appliance train --config", subject.config, *options)),
        )


def find_difference(a: Ran, b: Ran) -> str | None:
    """Return in words what differs first in two trainings, in the order in which it is made; None for nothing."""
    return next(_list_differences(a, b), None)


def _list_differences(a: Ran, b: Ran) -> Iterator[str]:
    yield from (name for name in _BEFORE if a.digests.get(name) != b.digests.get(name))
    if len(a.epochs) != len(b.epochs):
        yield f"the number of epochs: {len(a.epochs)} and {len(b.epochs)}"
    for first, second in zip(a.epochs, b.epochs, strict=False):
        for name in sorted({*first, *second}, key=lambda key: (key == "weights", key)):
            if first.get(name) != second.get(name):
                yield f"epoch {first.get('epoch')}, {name}"
    yield from (name for name in _AFTER if a.digests.get(name) != b.digests.get(name))
    yield from (f"the file {name}" for name in _FILES if a.files[name] != b.files[name])
