"""Every reader of files, with a sound file and what is done with its value."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.benchmark.cost.report import format_report
from appliance.benchmark.cost.request import read_answer
from appliance.benchmark.cost.table import format_table
from appliance.config import load_config
from appliance.data.idx import decode_idx
from appliance.data.stored_rows import open_stored
from appliance.fleet.compare import read_expectations
from appliance.fleet.invocations import plan_member
from appliance.fleet.members import read_fleet
from delivery.fuzz import bundles, own_files, specimens, texts, traces, trees
from verify.arrays.comparing import compare_values
from verify.arrays.leaves import list_leaves
from verify.arrays.wording import describe_failure, describe_worlds
from verify.arrays.worlds import capture_world
from verify.digests import digest_json
from verify.files.array_golden import read_array_golden
from verify.files.array_store import list_stored, read_stored
from verify.files.checkpoint import HISTORY_ROWS, STATEMENT, parse_checkpoint, seal_parts
from verify.files.checksums import parse_checksums
from verify.files.fingerprint import FINGERPRINT
from verify.files.golden import GOLDEN
from verify.files.goldens import read_golden
from verify.files.history import parse_history
from verify.files.pins import PINS
from verify.files.record import RECORD
from verify.files.reports import AGREEMENT, CERTIFICATE
from verify.files.weights import parse_tensors
from verify.host.fingerprint import compare
from verify.judging.agreement import compare_legs
from verify.judging.checks import judge_record
from verify.judging.expectation import Expectation
from verify.judging.legs import parse_leg
from verify.judging.pins import check_channel, check_pins
from verify.judging.runs import judge_run
from verify.rendering import fingerprints, junit, markdown, text
from verify.rendering.machines import report_agreement
from verify.rendering.objects import describe_agreement
from verify.rendering.report import report_verification

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Damage = Callable[[Random], bytes]
    Read = Callable[[bytes, Path], list[str]]


@attrs.frozen(kw_only=True)
class Reader:
    """One reader.

    Args:
        name: of the reader.
        damage: makes the bytes of a damaged file.
        read: reads them, in a folder for files, and returns all text that a user would see.
    """

    name: str
    damage: Damage
    read: Read


def _damage_json(value: Callable[[], Any]) -> Damage:
    def damage(random: Random) -> bytes:
        data = trees.write_tree(trees.damage_tree(value(), random)).encode()
        return texts.damage_bytes(data, random) if random.random() < 0.2 else data  # noqa: PLR2004 - one in five

    return damage


def _damage_golden(random: Random) -> bytes:
    """Return a damaged golden; half of them have the seal that fits, as a careful forger would write it."""
    data = _damage_json(specimens.load_golden)(random)
    if random.random() < 0.5:  # noqa: PLR2004 - one in two
        try:
            value = json.loads(data)
            value["config_digest"] = digest_json(value["settings"])
            return json.dumps(
                {**value, "digest": digest_json({k: v for k, v in value.items() if k != "digest"})}
            ).encode()
        except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
            pass
    return data


def _damage_bytes(data: Callable[[], bytes]) -> Damage:
    return lambda random: texts.damage_bytes(data(), random)


def _damage_weights(random: Random) -> bytes:
    """Return a damaged file of weights; half of them have a header that fits its length but says something else."""
    data = specimens.read_run()["weights.safetensors"]
    if random.randrange(2):
        return texts.damage_bytes(data, random)
    length = int.from_bytes(data[:8], "little")
    header = _damage_json(lambda: json.loads(data[8 : 8 + length]))(random)
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


def _damage_checkpoint(random: Random) -> bytes:
    """Return a damaged checkpoint; half of them have a damaged statement and the seal that fits."""
    if random.randrange(2):
        return texts.damage_bytes(specimens.make_checkpoint(), random)
    statement = _damage_json(lambda: json.loads(specimens.make_statement()))(random)
    return b"".join(seal_parts({}, {STATEMENT: statement, HISTORY_ROWS: b""})[1])


def _damage_packed(random: Random) -> bytes:
    """Return a damaged gzip file, or a sound one of a damaged IDX file."""
    if random.randrange(2):
        return texts.damage_bytes(specimens.make_idx(packed=True), random)
    return gzip.compress(texts.damage_bytes(specimens.make_idx(packed=False), random), mtime=0)


def _damage_toml(data: str) -> Damage:
    def damage(random: Random) -> bytes:
        found = texts.damage_toml(data, random).encode("utf-8", errors="surrogatepass")
        return texts.damage_bytes(found, random) if random.random() < 0.2 else found  # noqa: PLR2004 - one in five

    return damage


def _damage_run(random: Random) -> bytes:
    """Return all files of a run, one of them damaged, as JSON; half of them with checksums that fit."""
    files = dict(specimens.read_run())
    name = random.choice(sorted(files))
    if name.endswith(".json") and random.random() < 0.8:  # noqa: PLR2004 - four in five
        files[name] = _damage_json(lambda: json.loads(files[name]))(random)
    else:
        files[name] = texts.damage_bytes(files[name], random)
    if random.random() < 0.5:  # noqa: PLR2004 - one in two
        sums = {file: hashlib.sha256(data).hexdigest() for file, data in files.items() if file != "checksums.sha256"}
        files["checksums.sha256"] = "".join(f"{sums[file]}  {file}\n" for file in sorted(sums)).encode()
    return json.dumps({file: data.decode("latin-1") for file, data in files.items()}).encode()


def _renew(path: Path, content: bytes) -> None:
    """Write a file only where it differs from that of the case before: six of seven do not."""
    if not path.is_file() or path.read_bytes() != content:
        path.write_bytes(content)


def _read_run(data: bytes, folder: Path) -> list[str]:
    for name, content in json.loads(data).items():
        _renew(folder / name, content.encode("latin-1"))
    judgement = judge_run(folder)
    report = report_verification([], [judgement])
    return [text.render_text(report), markdown.render_markdown(report), junit.render_junit(report)]


def _read_config(data: bytes, folder: Path) -> list[str]:
    path = folder / "mine.toml"
    path.write_bytes(data)
    return [load_config(str(path)).digest()]


def _read_golden(data: bytes, folder: Path) -> list[str]:
    path = folder / "smoke.json"
    path.write_bytes(data)
    golden = read_golden(path)
    record = RECORD.parse_text(specimens.read_run()["record.json"], "a run")
    judgement = judge_record(record, golden, fingerprint_class=None)
    return [text.render_text(report_verification([], [judgement])), GOLDEN.format(golden), golden.made_with.describe()]


def _read_fingerprint(data: bytes, _: Path) -> list[str]:
    found = FINGERPRINT.parse_text(data, "a fingerprint")
    here = FINGERPRINT.parse(specimens.make_fingerprint(), "here")
    rows = [*compare(found, here), *check_pins(found), *check_channel(found.context, altered=[])]
    return [fingerprints.render_fingerprint(found), fingerprints.render_comparison(compare(found, here)),
            text.list_results(rows), found.summarize().describe()]  # fmt: skip


def _read_report(data: bytes, _: Path) -> list[str]:
    good = parse_leg("good", json.dumps(specimens.make_report()))
    legs = [good, parse_leg("bad", data)]
    expected = dict.fromkeys(("good", "bad"), Expectation(configs=("smoke",)))
    results = compare_legs(legs, expected, {"smoke": str(good.digests["smoke"])})
    report = report_agreement(legs, results)
    if "| good |" not in markdown.render_markdown(report):
        raise AssertionError("a bad report cost the table")
    json.dumps(describe_agreement(legs, results), allow_nan=False)
    return [text.render_text(report), markdown.render_markdown(report), junit.render_junit(report)]


def _read_pins(data: bytes, _: Path) -> list[str]:
    pins = PINS.parse_text(data, "pins")
    here = FINGERPRINT.parse(specimens.make_fingerprint(), "here")
    return [text.list_results([*check_pins(here, pins=pins), *check_channel(here.context, pins, [])])]


def _read_stored(data: bytes, folder: Path) -> list[str]:
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(data)
    return [str(open_stored(path, rank=3).read().shape)]


def _read_legs(data: bytes, folder: Path) -> list[str]:
    path = folder / "legs.json"
    path.write_bytes(data)
    results = compare_legs([], read_expectations(path), {})
    return [text.render_text(report_agreement([], results))]


def _read_fleet(data: bytes, folder: Path) -> list[str]:
    path = folder / "fleet.toml"
    path.write_bytes(data)
    fleet = read_fleet(path)
    plans = [plan_member(member, fleet) for member in fleet.members]
    if any("\0" in argument for plan in plans for argument in plan.arguments):
        raise AssertionError("a zero byte in an argument")
    return [member.name for member in fleet.members]


def _read_cost(data: bytes, folder: Path) -> list[str]:
    path = folder / "cost.json"
    path.write_bytes(data)
    answer = read_answer(path)
    return [format_table(answer), format_report([answer, answer], None)]


def _read_array_golden(data: bytes, folder: Path) -> list[str]:
    path = folder / "test_one.json"
    path.write_bytes(data)
    golden = read_array_golden(path)
    leaves = list_leaves({"small": 0.75, "large": np.zeros(100), "text": "y"})
    shown = []
    for test, checks in golden.tests.items():
        for name, check in checks.items():
            rows = compare_values(check.values, leaves, lambda _: None)
            shown.append(
                describe_failure(test, name, rows, describe_worlds(golden.worlds[check.world], capture_world()))
            )
    return shown


def _read_array_store(data: bytes, folder: Path) -> list[str]:
    path = folder / "test_one.npz"
    path.write_bytes(data)
    return [str(read_stored(path, digest)) for digest in list_stored(path)]


def _show(value: object) -> list[str]:
    return [str(value)[:0]]


LEGS = ["a", {"name": "b", "configs": ["smoke", "baseline"], "os": "x"}]
READERS = (
    Reader(name="configuration", damage=_damage_toml(specimens.CONFIG), read=_read_config),
    Reader(name="golden", damage=_damage_golden, read=_read_golden),
    Reader(name="array golden", damage=_damage_json(specimens.make_array_golden), read=_read_array_golden),
    Reader(name="array store", damage=_damage_bytes(specimens.make_array_store), read=_read_array_store),
    Reader(
        name="record",
        damage=_damage_json(lambda: json.loads(specimens.read_run()["record.json"])),
        read=lambda data, _: _show(RECORD.parse_text(data, "a record")),
    ),
    Reader(name="run directory", damage=_damage_run, read=_read_run),
    Reader(name="fingerprint", damage=_damage_json(specimens.make_fingerprint), read=_read_fingerprint),
    Reader(name="report", damage=_damage_json(specimens.make_report), read=_read_report),
    Reader(
        name="agreement",
        damage=_damage_json(lambda: describe_agreement([parse_leg("a", json.dumps(specimens.make_report()))], [])),
        read=lambda data, _: _show(AGREEMENT.parse_text(data, "an agreement")),
    ),
    Reader(
        name="certificate",
        damage=_damage_json(specimens.make_certificate),
        read=lambda data, _: _show(CERTIFICATE.parse_text(data, "a certificate")),
    ),
    Reader(name="pins", damage=_damage_json(specimens.load_pins), read=_read_pins),
    Reader(
        name="checksums",
        damage=_damage_bytes(lambda: specimens.read_run()["checksums.sha256"]),
        read=lambda data, _: _show(parse_checksums(data, "sums")),
    ),
    Reader(
        name="history",
        damage=_damage_bytes(lambda: specimens.read_run()["history.jsonl"]),
        read=lambda data, _: _show(parse_history(data, "a history")),
    ),
    Reader(
        name="weights",
        damage=_damage_weights,
        read=lambda data, _: _show(parse_tensors(data, "weights")),
    ),
    Reader(
        name="checkpoint",
        damage=_damage_checkpoint,
        read=lambda data, _: _show(parse_checkpoint(data, "a checkpoint")),
    ),
    Reader(
        name="packed data",
        damage=_damage_packed,
        read=lambda data, _: _show(decode_idx(data, rank=3, where=Path("images.gz"))),
    ),
    Reader(name="stored data", damage=_damage_bytes(lambda: specimens.make_idx(packed=False)), read=_read_stored),
    Reader(name="npy", damage=own_files.damage_npy, read=partial(own_files.read_array, ".npy")),
    Reader(name="npz", damage=own_files.damage_npz, read=partial(own_files.read_array, ".npz")),
    Reader(name="packed IDX", damage=own_files.damage_idx, read=partial(own_files.read_array, ".gz")),
    Reader(name="table", damage=own_files.damage_table, read=own_files.read_csv),
    Reader(name="images", damage=own_files.damage_image, read=own_files.read_folder),
    Reader(name="trace", damage=traces.damage_trace, read=traces.read_trace),
    Reader(name="arrays", damage=traces.damage_arrays, read=traces.read_arrays),
    Reader(name="bundle", damage=bundles.damage_bundle, read=bundles.read),
    Reader(name="list of legs", damage=_damage_json(lambda: LEGS), read=_read_legs),
    Reader(name="fleet", damage=_damage_toml(specimens.FLEET), read=_read_fleet),
    Reader(name="cost suite", damage=_damage_json(specimens.make_cost), read=_read_cost),
)
