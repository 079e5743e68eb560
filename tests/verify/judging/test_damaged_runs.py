"""Whatever is in a run directory, the judge answers: no traceback, and identical only for what was written."""

from __future__ import annotations

import json
import os
import random
import shutil
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from verify.errors import ApplianceError
from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.run import FILES, LIMITS, RESULTS, load_run
from verify.judging.divergence import compare_runs
from verify.judging.runs import judge_run
from verify.rendering.divergence import describe_divergence, render_divergence
from verify.rendering.objects import describe_verification
from verify.rendering.report import report_verification
from verify.rendering.text import render_text
from verify.results import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from verify.files.record import RunRecord

CASES = 8_000 if "TORTURE" in os.environ else 600
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 2**64, 10**400, 1e308, -0.0, "", "x" * 5000, "\x1b[31m", "\ud800", "../../x",
    "::error::x", "0x1p99999", "sha256:" + "0" * 64, [], {}, [[]], {"": None}, [0] * 1000,
)  # fmt: skip
TOKENS = (b"\0", b"1e999", b"NaN", b"{", b"[" * 2000, b"\xff", b"\n", b"-", b"9" * 5000, b"null", b'"')


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sound run directory."""
    place = tmp_path_factory.mktemp("sound") / "run"
    write_run(run_training(load_config("smoke")), place)
    return place


def damage_bytes(data: bytes, chance: random.Random) -> bytes:
    """Flip a bit, cut, repeat or insert something."""
    place = chance.randrange(len(data) + 1)
    kind = chance.randrange(4)
    if kind == 0 and data:
        place %= len(data)
        return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
    if kind == 1:
        return data[:place]
    if kind == 2:
        end = place + chance.randrange(200)
        return data[:end] + data[place:end] + data[end:]
    return data[:place] + chance.choice(TOKENS) + data[place:]


def damage_value(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    """Replace, remove or add one value somewhere inside."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
        return chance.choice(ODD)
    copied = value.copy()
    key = chance.choice(list(copied)) if isinstance(copied, dict) else chance.randrange(len(copied))
    if chance.random() < 0.1:
        del copied[key]
    else:
        copied[key] = damage_value(copied[key], chance)
    return copied


def damage_file(name: str, data: bytes, chance: random.Random) -> bytes:
    """Change bytes, or values in a file of JSON or in the header of a file of tensors."""
    if chance.random() < 0.4:
        return damage_bytes(data, chance)
    if name.endswith(".json"):
        return json.dumps(damage_value(json.loads(data), chance), sort_keys=True, indent=2).encode() + b"\n"
    if name.endswith(".jsonl"):
        rows = damage_value([json.loads(line) for line in data.splitlines()], chance)
        rows = rows if isinstance(rows, list) else [rows]
        return b"".join(json.dumps(row, sort_keys=True, separators=(",", ":")).encode() + b"\n" for row in rows)
    if name.endswith(".safetensors"):
        size = int.from_bytes(data[:8], "little")
        header = json.dumps(damage_value(json.loads(data[8 : 8 + size]), chance)).encode()
        return len(header).to_bytes(8, "little") + header + data[8 + size :]
    return damage_bytes(data, chance)


def answer(place: Path, sound: Path) -> set[int]:
    """Judge and compare the directory, make every form of both answers, and return the exit codes."""
    judgement = judge_run(place)
    json.dumps(describe_verification([], [judgement]), allow_nan=False)
    assert "\x1b" not in render_text(report_verification([], [judgement]))
    try:
        found = compare_runs(load_run(sound), load_run(place))
        json.dumps(describe_divergence(found), allow_nan=False)
        assert "\x1b" not in render_divergence(found)
        code = EXIT_CODES[found.verdict]
    except ApplianceError as error:
        code = error.exit_code
    return {EXIT_CODES[judgement.verdict], code}


def read_result(place: Path) -> RunRecord:
    """Return the record without the version of the program and what a sample is: statements that no digest covers."""
    return attrs.evolve(load_run(place).record, program=None, inputs=None)


@pytest.mark.slow
def test_no_damage_ends_in_a_traceback(sound: Path, tmp_path: Path) -> None:
    """Random changes, some with checksums that fit: an exit code of the interface, and 0 only for no change."""
    chance = random.Random(20261101)  # noqa: S311 - nothing secret
    place = tmp_path / "run"
    shutil.copytree(sound, place)
    original = {name: (sound / name).read_bytes() for name in FILES}
    for _ in range(CASES):
        name = chance.choice(FILES)
        damaged = damage_file(name, original[name], chance)
        changed = {**original, name: damaged}
        if name != CHECKSUMS and chance.random() < 0.6:
            sums = sum_files({key: changed[key] for key in LIMITS})
            changed[CHECKSUMS] = format_checksums(sums).encode()
        for key in (name, CHECKSUMS):
            (place / key).write_bytes(changed[key])
        codes = answer(place, sound)
        assert codes <= {0, 1, 2, 3}
        assert 0 not in codes or name not in RESULTS or read_result(place) == read_result(sound)
        for key in (name, CHECKSUMS):
            (place / key).write_bytes(original[key])


STRANGE: dict[str, Callable[[Path], object]] = {
    "an extra file": lambda place: (place / "notes.txt").write_text("x"),
    "a hidden file": lambda place: (place / ".hidden").write_text(""),
    "an extra folder": lambda place: (place / "trace").mkdir(),
    "no files": lambda place: [path.unlink() for path in sorted(place.iterdir())],  # type: ignore[func-returns-value]
    "a pipe": lambda place: ((place / "record.json").unlink(), os.mkfifo(place / "record.json")),  # type: ignore[func-returns-value]
    "a link to itself": lambda place: (
        (place / "record.json").unlink(),  # type: ignore[func-returns-value]
        (place / "record.json").symlink_to("record.json"),  # type: ignore[func-returns-value]
    ),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
@pytest.mark.parametrize("what", STRANGE)
def test_nothing_else_may_be_present(what: str, sound: Path, tmp_path: Path) -> None:
    """Extra files, missing files and files of other kinds could not be judged."""
    shutil.copytree(sound, tmp_path / "run")
    STRANGE[what](tmp_path / "run")
    assert answer(tmp_path / "run", sound) == {3}
