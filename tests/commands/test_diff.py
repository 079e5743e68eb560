"""The command diff: exit codes 0, 1, 2 and 3, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import verify
from appliance.cli.app import run
from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from support.planted_traces import ORIGIN, Plan, record_trace
from verify.files.golden import GOLDEN, build_golden, build_native
from verify.files.run import load_run


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return a run, one like it, and one of another seed."""
    paths = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        write_run(run_training(load_config("smoke", seed=seed)), path)
    return paths


def test_equal_runs_exit_0_and_others_1(runs: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence comes first."""
    a, b, c = map(str, runs)
    assert run(["diff", a, b]) == 0
    assert capsys.readouterr().out.startswith("The runs are identical")
    assert run(["diff", a, c]) == 1
    assert capsys.readouterr().out.startswith("The runs differ first in the settings: seed")


def test_json_is_one_object(runs: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """The keys of the interface are there; equal runs have no first difference."""
    a, b, c = map(str, runs)
    for other, code, verdict in ((b, 0, "identical"), (c, 1, "different")):
        assert run(["diff", a, other, "--json"]) == code
        body = json.loads(capsys.readouterr().out)
        assert {"schema", "verdict", "sentence", "first", "kind", "coverage"} <= set(body)
        assert body["verdict"] == verdict
        assert (body["first"] is None) == (code == 0)


def test_what_cannot_be_compared_has_its_exit_code(
    runs: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No directory is a mistake (2); a directory that is no run could not be judged (3); both are JSON with --json."""
    (tmp_path / "empty").mkdir()
    for other, code in (("none", 2), ("a/record.json", 2), ("empty", 3)):
        assert run(["diff", str(runs[0]), str(tmp_path / other), "--json"]) == code
        assert json.loads(capsys.readouterr().out)["exit_code"] == code


def ask(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Return exit code and standard output of a comparison."""
    code = run(["diff", *map(str, words)])
    return code, capsys.readouterr().out


def test_a_run_is_compared_with_a_golden(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the golden's name or its file: digests, epochs, metrics and sample values."""
    write_run(run_training(load_config("smoke")), tmp_path / "a")
    write_run(run_training(load_config("smoke", seed=2)), tmp_path / "b")
    golden = Path(verify.__file__).parent / "goldens" / "smoke.json"
    for side in ("smoke", golden):
        assert ask(capsys, tmp_path / "a", side) == (0, ask(capsys, side, tmp_path / "a")[1])
        code, out = ask(capsys, tmp_path / "b", side, "--json")
        body = json.loads(out)
        assert (code, body["first"]["field"]) == (1, "seed")
        assert [place["stage"] for place in body["places"]][-3:] == ["predictions", "metrics", "run"]
        assert any(place["stage"] == "final_weights" and place["ulp"] for place in body["places"])
    assert ask(capsys, tmp_path / "a", "smoke")[1].startswith("The run and the golden are identical")


def test_a_native_run_is_compared_with_the_native_part_of_a_golden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the golden has one for machines of this class; else the profile is what differs first."""
    write_run(run_training(load_config("smoke"), profile="native"), tmp_path / "a")
    record = write_run(run_training(load_config("smoke")), tmp_path / "b").drop_circumstances()
    found = load_run(tmp_path / "a")
    for kind, code in ((found.fingerprint.class_digest, 0), ("sha256:" + "0" * 64, 1)):
        golden = build_golden(record, found.fingerprint.summarize(), native=build_native(found.record, kind))
        (tmp_path / "smoke.json").write_text(GOLDEN.format(golden))
        assert ask(capsys, tmp_path / "a", tmp_path / "smoke.json")[0] == code


def test_traces_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two traces of any program, from anywhere; the answer is also Markdown."""
    a, b = record_trace(tmp_path / "a"), record_trace(tmp_path / "b")
    c = record_trace(tmp_path / "c", Plan(change=lambda y: -y))
    assert ask(capsys, a, b)[0] == 0
    code, out = ask(capsys, a, c, "--markdown", tmp_path / "page.md")
    assert (code, out.startswith("The traces differ first at epoch 1, step 3, dense.forward")) == (1, True)
    assert (tmp_path / "page.md").read_text().startswith("**different**: The traces differ first at")


def test_many_are_put_into_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Members of a class are equal; every other class is compared with the largest."""
    plans = {"a": Plan(), "b": Plan(change=lambda y: -y), "c": Plan(), "d": Plan(again=2), "e": Plan()}
    paths = [record_trace(tmp_path / name, plan) for name, plan in plans.items()]
    code, out = ask(capsys, *paths, "--json")
    body = json.loads(out)
    assert (code, body["verdict"], body["kind"]) == (1, "different", "values")
    assert [[path[-1] for path in row["members"]] for row in body["classes"]] == [["a", "c", "e"], ["b"], ["d"]]
    assert [row["kind"] for row in body["splits"]] == ["values", "control-flow"]
    code, out = ask(capsys, *paths[::2])
    assert (code, out.startswith("All 3 are identical.")) == (0, True)


def test_files_of_arrays_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """First element, both values, distance, histogram; nothing to compare is no answer."""
    x = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    y = x.copy()
    y[1, 2:] = np.nextafter(y[1, 2:], np.float32(2))
    np.savez(tmp_path / "a.npz", w=x, b=x[0])
    np.savez(tmp_path / "b.npz", w=y, b=x[0])
    np.savez(tmp_path / "empty.npz", w=x[:0])
    code, out = ask(capsys, tmp_path / "a.npz", tmp_path / "b.npz", "--json")
    first = json.loads(out)["first"]
    assert (code, first["tensor"], first["index"], first["ulp"], first["differing"]) == (1, "w", [1, 2], 1, 2)
    assert json.loads(out)["histogram"] == [{"count": 2, "ulp": "1"}]
    assert ask(capsys, tmp_path / "a.npz", tmp_path / "a.npz")[1].startswith(
        "The files are identical: 2 arrays with 16"
    )
    assert ask(capsys, tmp_path / "empty.npz", tmp_path / "empty.npz")[0] == 3


def test_sides_that_do_not_fit_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A golden and a trace, a file of no known kind, a name that nothing has."""
    trace = record_trace(tmp_path / "a")
    (tmp_path / "x.txt").write_text("a")
    for other in ("smoke", tmp_path / "x.txt", "no-such-name", "a\0b", "x" * 5000):
        assert ask(capsys, trace, other)[0] == 2


def test_operands_that_were_captured_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer then names an element."""
    a = record_trace(tmp_path / "a", Plan(captures=(ORIGIN,)))
    b = record_trace(tmp_path / "b", Plan(captures=(ORIGIN,), change=lambda y: y * 2))
    body = json.loads(ask(capsys, a, b, "--json")[1])
    assert (body["kind"], body["first"]["index"]) == ("all-elements", [0, 0])
    (a / "tensors" / f"{body['origin']['n'][0]}.npz").write_bytes(b"damaged")
    assert "index" not in json.loads(ask(capsys, a, b, "--json")[1])["first"]
