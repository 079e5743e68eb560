"""Goldens: written once and whole, read with suspicion, never in continuous integration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.specimens import (
    ELSEWHERE,
    HERE,
    MADE_WITH,
    change,
    fake_digest,
    make_golden,
    make_record,
    parse_record,
    parse_unsound,
    remove,
    reseal,
)
from verify.bits import BITS_VERSION
from verify.errors import CouldNotJudgeError, UsageError
from verify.files import goldens
from verify.files.golden import GOLDEN, build_golden, build_native, check_golden, seal
from verify.judging import inventory

if TYPE_CHECKING:
    from pathlib import Path


def _place(directory: Path, value: object, name: str = "sample") -> Path:
    path = directory / f"{name}.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_golden_survives_its_file(tmp_path: Path) -> None:
    """What is written reads back the same, native section included."""
    golden = parse_unsound(make_golden(native=True))
    path = goldens.locate_golden("sample", tmp_path)
    goldens.write_golden(path, golden)
    assert goldens.read_golden(path) == golden


def test_file_is_stable_and_readable(tmp_path: Path) -> None:
    """The file is indented JSON with sorted keys and a final newline, and no draft stays behind."""
    golden = make_golden()
    path = goldens.locate_golden("sample", tmp_path)
    goldens.write_golden(path, parse_unsound(golden))
    assert path.read_bytes() == (json.dumps(golden, indent=2, sort_keys=True) + "\n").encode("ascii")
    assert [entry.name for entry in tmp_path.iterdir()] == ["sample.json"]


def test_golden_leaves_out_what_no_machine_shares() -> None:
    """Timing, paths and the profile's name are no expectation."""
    golden = make_golden()
    assert not {"timing", "run_dir", "profile"} & set(golden)
    assert (golden["schema"], golden["bits"]) == ("repro-appliance/golden/1", BITS_VERSION)


def test_native_record_makes_no_golden() -> None:
    """Only portable results make goldens."""
    with pytest.raises(UsageError, match="portable run"):
        build_golden(parse_record(make_record(profile="native")), MADE_WITH)


def test_record_of_other_bits_makes_no_golden() -> None:
    """A record of another bits version is not recorded under this one."""
    with pytest.raises(CouldNotJudgeError, match="bits version"):
        build_golden(parse_record({**make_record(), "bits": BITS_VERSION + 1}), MADE_WITH)


def test_missing_golden_is_not_judged_by(tmp_path: Path) -> None:
    """Without a file the error says how to make one."""
    with pytest.raises(CouldNotJudgeError, match="no golden") as caught:
        goldens.read_golden(tmp_path / "sample.json")
    assert caught.value.expected == tmp_path / "sample.json"
    assert "--goldens" in str(caught.value.remedy)
    with pytest.raises(CouldNotJudgeError, match="no golden") as caught:
        goldens.read_golden(tmp_path / "sample.json", command="repro-appliance golden record sample.toml")
    assert caught.value.remedy == "to make it: repro-appliance golden record sample.toml"


@pytest.mark.parametrize(
    "text", ["", "{", "[1,]", "\x00", '{"bits": NaN}', '{"bits": Infinity}', '{"bits": 1, "bits": 1}', "[" * 100_000]
)
def test_unparsable_golden_is_not_judged_by(text: str, tmp_path: Path) -> None:
    """Text that is not strictly JSON, with each key once, is refused."""
    with pytest.raises(CouldNotJudgeError, match="not JSON"):
        goldens.read_golden(_place(tmp_path, text))


@pytest.mark.parametrize("value", [[], {}, 3, None, {**make_golden(), "schema": "repro-appliance/golden/2"}])
def test_other_schema_is_not_judged_by(value: object, tmp_path: Path) -> None:
    """A golden of another schema may mean other things by the same keys."""
    with pytest.raises(CouldNotJudgeError, match="schema"):
        goldens.read_golden(_place(tmp_path, value))


@pytest.mark.parametrize("bits", [BITS_VERSION + 1, BITS_VERSION - 1, None])
def test_other_bits_version_is_not_judged_by(bits: int | None, tmp_path: Path) -> None:
    """A golden of another arithmetic expects other bits, even when its seal fits."""
    with pytest.raises(CouldNotJudgeError, match="bits version"):
        goldens.read_golden(_place(tmp_path, reseal({**make_golden(), "bits": bits})))


@pytest.mark.parametrize("key", sorted(set(make_golden()) - {"schema", "bits"}))
def test_golden_without_a_key_is_not_judged_by(key: str, tmp_path: Path) -> None:
    """A key that is missing is never taken as nothing to expect."""
    broken = remove(make_golden(), key)
    with pytest.raises(CouldNotJudgeError, match="not valid") as caught:
        goldens.read_golden(_place(tmp_path, broken if key == "digest" else reseal(broken)))
    assert caught.value.found is not None
    assert f"{key}: the key is missing" in str(caught.value.found)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("digests.final_weights", fake_digest("forged")),
        ("epochs.1.train_loss", 0.125),
        ("metrics.test_accuracy", 1.0),
        ("settings.optimizer.learning_rate", 0.2),
        ("samples.dense_1.bias.0.value", "0x1.8p+0"),
        ("made_with.numpy", "1.26.4"),
        ("native.digests.run", fake_digest("forged")),
    ],
)
def test_tampered_golden_is_not_judged_by(path: str, value: object, tmp_path: Path) -> None:
    """A change anywhere in the file breaks its seal."""
    golden = make_golden(native=True)
    if path.startswith("samples"):
        golden["samples"]["dense_1.bias"][0]["value"] = value
    else:
        golden = change(golden, path, value)
    with pytest.raises(CouldNotJudgeError, match="changed after it was recorded"):
        goldens.read_golden(_place(tmp_path, golden))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("settings.optimizer.learning_rate", 0.2, "configuration digest"),
        ("digests.run", "sha256:short", "digests.run: expected sha256"),
        ("digests", {}, "digests.dataset: the key is missing"),
        ("digests", [], "digests: expected an object, found a list"),
        ("epochs", [], "epochs: expected at least one entry"),
        ("epochs", [{"epoch": 1}], "the key is missing"),
        ("epochs", [1], "expected an object, found an integer"),
        ("epochs.0.train_loss", 1, "expected a number with a fraction, found an integer"),
        ("epochs.0.extra", 1.0, "unknown keys: extra"),
        ("metrics", [], "metrics: expected an object"),
        ("metrics", {}, "metrics: expected at least one entry"),
        ("samples", {}, "samples: expected at least one entry"),
        ("samples", {"a": [{"index": [0]}]}, "value: the key is missing"),
        ("samples", {"a": [{"index": [0], "value": 1.0}]}, "expected a text"),
        ("samples", {"a": [{"index": [0.0], "value": "0x1.8p+0"}]}, "expected an integer"),
        ("samples", {"a": [{"index": [0], "value": "0x1.8p+9999"}]}, "expected a finite number"),
        ("samples", {"a": []}, "expected at least one entry"),
        ("samples", 3, "samples: expected an object"),
        ("seed", True, "seed: expected an integer, found true or false"),
        ("more", 1, "unknown keys: more"),
        ("native", {}, "native.fingerprint_class: the key is missing"),
        ("native.digests.run", None, "native.digests.run: expected a text, found null"),
    ],
)
def test_forged_golden_is_not_judged_by(path: str, value: object, message: str, tmp_path: Path) -> None:
    """A seal that fits does not excuse contents that make no sense."""
    golden = reseal(change(make_golden(native=True), path, value))
    with pytest.raises(CouldNotJudgeError) as caught:
        goldens.read_golden(_place(tmp_path, golden))
    assert message in str(caught.value)


def test_renamed_golden_is_not_judged_by(tmp_path: Path) -> None:
    """A golden under another configuration's name expects the wrong run."""
    with pytest.raises(CouldNotJudgeError, match="another configuration"):
        goldens.read_golden(_place(tmp_path, make_golden("other")))


def test_ci_never_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI set nothing is written, not even with replace."""
    monkeypatch.setenv("CI", "true")
    for replace in (False, True):
        with pytest.raises(UsageError, match="continuous integration"):
            goldens.write_golden(tmp_path / "sample.json", parse_unsound(make_golden()), replace=replace)
    assert list(tmp_path.iterdir()) == []


def test_empty_ci_variable_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set to nothing is as good as unset."""
    monkeypatch.setenv("CI", "")
    goldens.write_golden(tmp_path / "sample.json", parse_unsound(make_golden()))
    assert goldens.list_goldens(tmp_path) == ["sample"]


def test_golden_is_not_overwritten_unless_told(tmp_path: Path) -> None:
    """The old file stays as it was until replace is asked for."""
    path = tmp_path / "sample.json"
    goldens.write_golden(path, parse_unsound(make_golden()))
    before = path.read_bytes()
    other = parse_unsound(make_golden(native=True))
    with pytest.raises(UsageError, match="exists already"):
        goldens.write_golden(path, other)
    assert path.read_bytes() == before
    goldens.write_golden(path, other, replace=True)
    assert goldens.read_golden(path) == other


def test_unsound_golden_is_not_written(tmp_path: Path) -> None:
    """What could not be read back is not written either."""
    with pytest.raises(CouldNotJudgeError, match="changed after"):
        goldens.write_golden(tmp_path / "sample.json", parse_unsound(change(make_golden(), "seed", 8)))
    assert list(tmp_path.iterdir()) == []


def test_directory_that_takes_no_file_is_a_usage_error(tmp_path: Path) -> None:
    """A directory that is not there, as in a read-only installation, gives one clear error."""
    with pytest.raises(UsageError, match="cannot be written"):
        goldens.write_golden(tmp_path / "nowhere" / "sample.json", parse_unsound(make_golden()))


def test_changes_are_described() -> None:
    """Every changed field is a line, old value first; an unchanged golden has none."""
    record = make_record()
    record["digests"]["run"] = fake_digest("new")
    record["samples"]["dense_1.bias"][0]["value"] = "0x1.8p+0"
    native = build_native(parse_record(make_record(profile="native")), HERE)
    new = build_golden(parse_record(record), MADE_WITH, native=native)
    lines = inventory.describe_changes(parse_unsound(make_golden(native=True)), new)
    assert lines == [
        f"digests.run: {fake_digest('portable run')} -> {fake_digest('new')}",
        "samples: 1 differ, first dense_1.bias[0].value",
    ]
    assert inventory.describe_changes(new, new) == []


def test_native_section_is_among_the_changes() -> None:
    """A native section of another class shows as such."""
    old = make_golden(native=True)
    new = reseal(change(old, "native.fingerprint_class", ELSEWHERE))
    assert inventory.describe_changes(parse_unsound(old), parse_unsound(new)) == [
        f"native.fingerprint_class: {HERE} -> {ELSEWHERE}"
    ]


def test_orphans_are_found() -> None:
    """A configuration without golden is missing, a golden without configuration is unused."""
    assert inventory.find_orphans(["a", "b"], ["b", "c"]) == inventory.Orphans(missing=["c"], unused=["a"])
    assert inventory.find_orphans(["a"], ["a"]) == inventory.Orphans(missing=[], unused=[])


def test_shipped_goldens_are_sound() -> None:
    """Every golden in the package can be judged by, and written again it has the same bytes."""
    names = goldens.list_goldens()
    assert len(names) >= 9
    for name in names:
        path = goldens.locate_golden(name)
        assert GOLDEN.format(goldens.read_golden(path)).encode("ascii") == path.read_bytes()


@pytest.mark.parametrize(("key", "value"), [("seed", 8), ("precision", "f64"), ("config", "other")])
def test_a_resealed_golden_that_contradicts_its_settings_is_refused(key: str, value: object) -> None:
    """A new seal does not help a golden with another seed, precision or name than its own settings."""
    golden = parse_unsound({**make_golden(), key: value})
    with pytest.raises(CouldNotJudgeError, match=key):
        check_golden(seal(golden), "a test")
    check_golden(parse_unsound(make_golden()), "a test")
