"""JSON Schemas: those in docs/schema are made from the forms, and real files of every kind follow them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config
from appliance.library.callbacks import CallbackWatcher
from appliance.runs.directory import write_run
from appliance.runs.listing import list_runs
from appliance.shrink.answer import Answer as ShrinkAnswer
from appliance.shrink.rows import CauseRow as SmallestRow
from appliance.shrink.rows import PackageRow, RefusedRow
from appliance.training.execute import run_training
from appliance.vary.answer import Answer
from appliance.vary.classes import Class
from appliance.vary.rows import AxisRow, CauseRow
from appliance.world.judging import Row
from appliance.world.report import World
from support.checkpointed import KilledError, list_files, make_short, train
from support.exported_runs import export_to
from support.json_schema import list_errors
from support.legs import make_leg
from support.planted_traces import record_trace
from support.specimens import change, make_golden, make_record, parse_record, parse_unsound, remove
from verify.arrays.leaves import list_leaves
from verify.arrays.samples import describe_leaf
from verify.arrays.worlds import capture_world
from verify.conformance.certificate import certify
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.array_golden import ARRAY_GOLDEN, ArrayCheck, ArrayGolden
from verify.files.bundle import BUNDLE
from verify.files.checkpoint import CHECKPOINT, read_checkpoint
from verify.files.fingerprint import FINGERPRINT
from verify.files.goldens import list_goldens, locate_golden
from verify.files.run_list import RUN_LIST
from verify.files.schemas import KINDS, build_line_schema, build_schema, list_schemas, write_schemas
from verify.host.fingerprint import capture
from verify.judging.bundles import read_bundle
from verify.judging.checks import judge_record
from verify.judging.claims import conclude_without_host
from verify.rendering.claims import describe_claims
from verify.rendering.objects import describe_agreement, describe_error, describe_verification
from verify.results import Result

if TYPE_CHECKING:
    from pathlib import Path

SCHEMAS: dict[str, Any] = {name: build_schema(kind) for name, kind in KINDS.items()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return one real file of every kind, as JSON values."""
    place = tmp_path_factory.mktemp("files") / "run"
    write_run(run_training(load_config("smoke")), place)
    judgement = judge_record(parse_record(make_record()), parse_unsound(make_golden()))
    environment = FINGERPRINT.to_json(capture())
    checks = [Result(id="E001", title="x", status="info", expected=None, found=[1, None])]
    verification = {**describe_verification(checks, [judgement]), "environment": environment, "seconds": 0.5}
    bundle = export_to("bundle", tmp_path_factory.mktemp("bundle") / "a.zip", place, evidence=[write_answer(place)])
    manifest = read_bundle(next(iter(bundle.files))).manifest
    outcomes = [conclude_without_host(claim) for claim in manifest.claims]
    results = [Result(id="A001", title="x", status="fail", found=["a"])]
    return {
        "record": json.loads((place / "record.json").read_text()),
        "fingerprint": json.loads((place / "fingerprint.json").read_text()),
        "machine": json.loads((place / "machine.json").read_text()),
        "checkpoint": read_statement(tmp_path_factory.mktemp("checkpoints")),
        "runs": RUN_LIST.to_json(list_runs(place.parent)),
        "golden": make_golden(native=True),
        "array-golden": make_array_golden(),
        "certificate": {**certify().to_json(), "environment": environment},
        "verification": {**verification, **describe_claims(outcomes, manifest)},
        "bundle": BUNDLE.to_json(manifest),
        "agreement": {**describe_agreement([make_leg("a")], results), "seconds": 3.5},
        **make_answers(),
        "error": describe_error(UsageError("wrong", expected=1, found=["a", "b"], where="here")),
        "trace": read_header(tmp_path_factory.mktemp("traces")),
        "pins": json.loads((locate_golden("x").parent.parent / "pins.json").read_text()),
    }


def write_answer(place: Path) -> Path:
    """Write an answer that a bundle keeps, beside a run."""
    answer = place.parent / "answer.json"
    answer.write_text(json.dumps(make_answers()["vary"]), encoding="utf-8")
    return answer


def make_answers() -> dict[str, Any]:
    """Return answers on programs, with optional keys in one row and without them in another, as JSON values."""
    kind = Class(id="A", worlds=("as it is",), command="p", outputs={"o": "sha256:1"})
    other = attrs.evolve(kind, id="B", ending="exit code 1", tail="no", difference="o: 1 / 2")
    row = AxisRow(name="a", title="an axis", values=("as it is", "1"), status="harmless")
    told = attrs.evolve(row, status="not-tested", reason="r", remedy="m", advice="x")
    cause = CauseRow(axes=("a",), settings=("a=1",), mechanism="", proof="shown twice")
    common: dict[str, Any] = {
        "verdict": "different", "sentence": "s", "repeats": 3, "identical": True, "classes": (kind, other),
        "notes": ("n",), "runs": 5, "seconds": 1.25, "complete": True,
    }  # fmt: skip
    vary = Answer(
        rate=0.0, axes=(row, told), causes=(cause, attrs.evolve(cause, mechanism="m", difference="d")),
        harmless=("a=1",), advice=("x",), **common,
    )  # fmt: skip
    package = PackageRow(name="numpy", a="1", b="2", status="changes")
    smallest = SmallestRow(packages=("numpy",), changes=("numpy 1 -> 2",), mechanism="", proof="shown twice")
    shrink = ShrinkAnswer(
        locks=("a.lock", "b.lock"), packages=(package,), causes=(smallest,), equal_packages=3, environments=2,
        not_testable=(RefusedRow(packages=("six",), reason="r"),), **common,
    )  # fmt: skip
    rows = (
        Row(name="umask", wanted="022", status="holds", found="022"),
        Row(name="simd", wanted="none", status="not-fixed", reason="r", remedy="m"),
    )
    world = World(
        command=("p",), prefix=("setarch", "-R"), variables={"TZ": "UTC"}, removed=("LANG",), rows=rows,
        host={"system": "Linux"}, packages=("numpy==2.4.4",),
    )  # fmt: skip
    answers = {"vary": vary.to_json(), "shrink": shrink.to_json(), "world": world.to_json()}
    return dict(json.loads(json.dumps(answers)))


def make_array_golden() -> dict[str, Any]:
    """Return a golden of two arrays, of which one is large, as a JSON value."""
    world = capture_world()
    leaves = list_leaves({"small": 0.5, "large": np.arange(100.0)})
    check = ArrayCheck(world=world.name, values={place: describe_leaf(leaf) for place, leaf in leaves.items()})
    golden = ArrayGolden(worlds={world.name: world}, tests={"test_one": {"1": check}})
    return dict(json.loads(ARRAY_GOLDEN.format(golden)))


def read_statement(place: Path) -> Any:  # noqa: ANN401 - any JSON value
    """Return what the checkpoint of a training with a callback says of itself."""
    watcher = CallbackWatcher([lambda _: None])
    with pytest.raises(KilledError):
        train(make_short(), place, steps=2, watcher=watcher)
    return CHECKPOINT.to_json(read_checkpoint(list_files(place)[0]).statement)


def read_header(place: Path) -> Any:  # noqa: ANN401 - any JSON value
    """Return the header of a small trace, as the recorder writes it."""
    return json.loads((record_trace(place / "trace") / "header.json").read_text())


@pytest.mark.checkout
def test_schemas_are_those_of_this_version(checkout: Path) -> None:
    """docs/schema has the schemas of the forms, and no other file."""
    found = {path.name: path.read_text(encoding="utf-8") for path in (checkout / "docs" / "schema").iterdir()}
    assert found == list_schemas(), "write them again: python -m verify.files.schemas docs/schema"


def test_schemas_are_written(tmp_path: Path) -> None:
    """The command writes every schema."""
    write_schemas(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(list_schemas())


@pytest.mark.parametrize("name", KINDS)
def test_a_real_file_follows_its_schema(name: str, files: dict[str, Any]) -> None:
    """What the program writes is valid, for the schema and for the reader, and survives the reader."""
    assert list_errors(files[name], SCHEMAS[name]) == []
    kind = KINDS[name]
    assert kind.to_json(kind.parse(files[name], "here")) == files[name]


@pytest.mark.parametrize("name", KINDS)
def test_schema_and_reader_refuse_alike(name: str, files: dict[str, Any]) -> None:
    """Without a required key, with another type in it, or with another schema id, neither accepts the file."""
    required = SCHEMAS[name]["required"]
    broken = [remove(files[name], key) for key in required]
    broken += [{**files[name], key: object_of_another_type(files[name][key])} for key in required]
    for value in broken:
        assert list_errors(value, SCHEMAS[name])
        with pytest.raises(CouldNotJudgeError):
            KINDS[name].parse(value, "here")


def object_of_another_type(value: object) -> object:
    """Return a JSON value of a type that no field of that type accepts."""
    return 0.5 if isinstance(value, str | dict | list) else "text"


@pytest.mark.parametrize("name", ["record", "golden", "array-golden", "fingerprint", "machine", "pins", "world"])
def test_strict_files_have_no_further_keys(name: str, files: dict[str, Any]) -> None:
    """An unknown key is refused by schema and reader."""
    value = {**files[name], "more": 1}
    assert list_errors(value, SCHEMAS[name]) == ["$: unknown more"]
    with pytest.raises(CouldNotJudgeError, match="unknown keys: more"):
        KINDS[name].parse(value, "here")


@pytest.mark.parametrize("name", ["certificate", "verification", "agreement"])
def test_reports_of_other_versions_keep_their_keys(name: str, files: dict[str, Any]) -> None:
    """A key that another version added is valid and survives, also inside."""
    inner = {"certificate": "probes.0.more", "verification": "checks.0.more", "agreement": "legs.0.more"}[name]
    value = change({**files[name], "more": [1]}, inner, {"x": 2})
    assert list_errors(value, SCHEMAS[name]) == []
    assert KINDS[name].to_json(KINDS[name].parse(value, "here")) == value


def test_every_golden_follows_its_schema() -> None:
    """So do the goldens that ship."""
    for name in list_goldens():
        assert list_errors(json.loads(locate_golden(name).read_text()), SCHEMAS["golden"]) == []


def test_every_event_of_a_trace_follows_its_schema(tmp_path: Path) -> None:
    """A line is an event; one without a kind, or with a fingerprint of another length, is none."""
    schema = build_line_schema("event")
    lines = (record_trace(tmp_path / "trace") / "events.jsonl").read_text().splitlines()
    for row in map(json.loads, lines):
        assert list_errors(row, schema) == []
        assert list_errors(remove(row, "kind"), schema)
        assert list_errors(change(row, "outputs.0.fingerprint", "00"), schema)


def test_every_line_of_a_history_follows_its_schema() -> None:
    """A line is an epoch; one without weights is none."""
    schema = build_line_schema()
    for row in make_record()["epochs"]:
        assert list_errors(row, schema) == []
        assert list_errors(remove(row, "weights"), schema)


@pytest.mark.checkout
def test_the_recorded_fleet_is_an_agreement(checkout: Path) -> None:
    """docs/fleet.json is a file of this kind, shortened."""
    value = json.loads((checkout / "docs" / "fleet.json").read_text(encoding="utf-8"))
    assert list_errors(value, SCHEMAS["agreement"]) == []
    assert KINDS["agreement"].to_json(KINDS["agreement"].parse(value, "here")) == value
