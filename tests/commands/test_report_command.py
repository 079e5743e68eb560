"""The command `report`, as a user calls it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from appliance.reports import drawing
from support import trained_plants
from support.answers import make_agreement, make_diff, make_vary, make_verification, make_why
from support.cost_answers import make_full_answer
from support.json_schema import list_errors
from support.printed_answers import check_answer
from support.reported import find_active
from verify.files.archive import parse_archive
from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.record import RECORD
from verify.files.run import LIMITS, RECORD_NAME
from verify.files.schemas import ANSWERS as ANSWER_KINDS
from verify.files.schemas import build_schema

if TYPE_CHECKING:
    from collections.abc import Callable

_HAS_LIBRARIES = all(importlib.util.find_spec(name) for name in ("jinja2", "matplotlib"))
needs_libraries = pytest.mark.skipif(not _HAS_LIBRARIES, reason="needs the extra `report`")
ANSWERS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "vary": (make_vary(), ("What changes the results of the program", "shown twice", "kernel=Haswell", "harmless")),
    "why": (make_why(), ("The cause", "What it is not", "how it acts", "First difference")),
    "diff": (make_diff(), ("0x1.0000000000000p-1", "7 ulp", "distance in ulp", "9223372036854775808", "[3, 4]")),
    "agree": (make_agreement(), ("Agreement of machines", "one 1", "x86_64", "✗</span> different")),
    "verify": (make_verification(), ("Checks that did not pass", "the record is valid", "✗</span> fail")),
    "cost": (make_full_answer(), ("Cost of reproducibility", "times as fast as native")),
}


@needs_libraries
def test_page_about_a_run(
    call: Callable[..., int], runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict is at the top; curves, confusion matrix, weights, checks and digests follow."""
    assert call("report", runs / "one", "-o", tmp_path / "a.html", "--json") == 0
    body = json.loads(capsys.readouterr().out)
    check_answer(body)
    page = (tmp_path / "a.html").read_bytes()
    assert (body["schema"], body["verdict"]) == ("repro-appliance/report/1", "identical")
    assert list_errors(body, build_schema(ANSWER_KINDS["report"])) == []
    assert (body["bytes"], body["digest"]) == (len(page), f"sha256:{hashlib.sha256(page).hexdigest()}")
    text = page.decode()
    assert text.index("identical") < text.index(body["sentence"]) < text.index("<main")
    titles = re.findall(r"<h2[^>]*>([^<]*)</h2>", text)
    assert titles == ["Results", "Confusion matrix", "First layer", "Verification", "Cost", "Checklist", "Identity"]
    assert text.count("<svg") == 4
    assert re.search(r'aria-label="Confusion matrix of 10 classes: \d+ of 64 predictions are right', text)
    record = json.loads((runs / "one" / "record.json").read_text())
    assert all(digest in text for digest in record["digests"].values())
    assert find_active(text) == []


@needs_libraries
@pytest.mark.parametrize("name", ANSWERS)
def test_page_about_an_answer(name: str, call: Callable[..., int], tmp_path: Path) -> None:
    """Answers are recognised by their schema ids; their parts are on the page."""
    answer, expected = ANSWERS[name]
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    assert call("report", tmp_path / "answer.json", "-o", tmp_path / "a.html") == 0
    text = (tmp_path / "a.html").read_text()
    assert [part for part in expected if part not in text] == []


@needs_libraries
def test_page_about_two_runs(call: Callable[..., int], runs: Path, tmp_path: Path) -> None:
    """The first difference, the table of tensors, and the curves of both are on the page."""
    assert call("report", runs / "one", runs / "two", "-o", tmp_path / "a.html") == 0
    text = (tmp_path / "a.html").read_text()
    for part in ("differ first in", "Final weights", "dense_1.weight", "seed", "a one", "b two", "Final results"):
        assert part in text
    assert str(runs) not in text


@needs_libraries
def test_page_about_three_runs_has_classes(call: Callable[..., int], runs: Path, tmp_path: Path) -> None:
    """Equal runs are in one class."""
    shutil.copytree(runs / "one", tmp_path / "copy")
    assert call("report", runs / "one", tmp_path / "copy", runs / "two", "-o", tmp_path / "a.html") == 0
    text = (tmp_path / "a.html").read_text()
    assert "The 3 are in 2 classes of 2, 1" in text
    assert re.search(r"<td>a, b</td>", text)


@needs_libraries
def test_page_about_a_regression(call: Callable[..., int], runs: Path, tmp_path: Path) -> None:
    """Predictions stand against targets; weights of ten features are no image, and the page says so."""
    assert call("report", runs / "regression", "-o", tmp_path / "a.html") == 0
    text = (tmp_path / "a.html").read_text()
    assert "Predictions against targets of 64 test samples" in text
    assert "a sample has the shape 10, which is no image" in text


@needs_libraries
def test_worst_verdict_is_at_the_top(
    call: Callable[..., int], runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Arguments of several kinds make one page."""
    (tmp_path / "vary.json").write_text(json.dumps(make_vary()))
    assert call("report", runs / "one", tmp_path / "vary.json", "-o", tmp_path / "a.html", "--json") == 0
    body = json.loads(capsys.readouterr().out)
    assert [part["verdict"] for part in body["parts"]] == ["identical", "different"]
    assert body["verdict"] == "different"
    assert "worst of 2 verdicts" in body["sentence"]


@needs_libraries
@pytest.mark.process
@pytest.mark.slow
def test_two_reports_are_equal(runs: Path, packages_root: Path, tmp_path: Path) -> None:
    """Another directory, place, time zone, locale, hash seed and setting of matplotlib change no byte."""
    pages = []
    for number, changes in enumerate(
        (
            {},
            {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "MPLBACKEND": "svg", "SOURCE_DATE_EPOCH": "1"},
            {"PYTHONHASHSEED": "8", "PYTHONUTF8": "1", "COLUMNS": "40", "HOME": str(tmp_path)},
        )
    ):
        folder = tmp_path / f"{number}"
        shutil.copytree(runs, folder / "runs")
        (folder / "matplotlibrc").write_text(f"font.size: {5 + number}\nlines.linewidth: {1 + 2 * number}\n")
        variables = {"PYTHONPATH": str(packages_root), "MPLCONFIGDIR": str(folder), "MATPLOTLIBRC": str(folder)}
        given = "runs" if number else str(folder / "runs")
        arguments = ["report", f"{given}/one", "-o", "a.html"]
        command = [sys.executable, "-P", "-m", "appliance", *arguments]
        environment = os.environ | variables | changes
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        pages.append((folder / "a.html").read_bytes())
    assert pages[0] == pages[1] == pages[2]


@needs_libraries
@pytest.mark.process
@pytest.mark.slow
def test_unknown_backend_is_named(runs: Path, packages_root: Path, tmp_path: Path) -> None:
    """The library refuses to be loaded with it; that is told in the form of all errors."""
    environment = os.environ | {"PYTHONPATH": str(packages_root), "MPLBACKEND": "nonsense"}
    command = [sys.executable, "-P", "-m", "appliance", "report", str(runs / "one"), "-o", "a.html"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "unset MPLBACKEND" in done.stderr


@needs_libraries
@pytest.mark.parametrize("names", [["one"], ["one", "two"], ["one", "two", "regression"]])
def test_place_of_a_run_is_not_told(
    names: list[str], call: Callable[..., int], runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy elsewhere, named by a relative path, gives the same bytes; no path is on the page."""
    shutil.copytree(runs, tmp_path / "it's" / "more deep")
    assert call("report", *(runs / name for name in names), "-o", tmp_path / "a.html") == 0
    monkeypatch.chdir(tmp_path / "it's")
    assert call("report", *(f"more deep/{name}" for name in names), "-o", tmp_path / "b.html") == 0
    page = (tmp_path / "a.html").read_bytes()
    assert page == (tmp_path / "b.html").read_bytes()
    assert str(runs).encode() not in page


@pytest.mark.parametrize(
    ("lacking", "channel", "remedy"),
    [
        ("jinja2", "wheel", "try python -m pip install jinja2 matplotlib"),
        ("matplotlib", "checkout", "try make train, which installs them from locks/report.lock"),
        ("matplotlib", "image", "the container images and the flake do not have them"),
        ("matplotlib", "nix", "the container images and the flake do not have them"),
    ],
)
def test_missing_library_is_named(
    lacking: str,
    channel: str,
    remedy: str,
    call: Callable[..., int],
    runs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without one of the libraries nothing is written, and the error says what to do in this channel."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == lacking else found("json"))
    monkeypatch.setattr(drawing, "detect_channel", lambda: channel)
    assert call("report", runs / "one", "-o", tmp_path / "a.html") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert f"missing: {lacking}" in error
    assert remedy in error
    assert not (tmp_path / "a.html").exists()


@needs_libraries
@pytest.mark.parametrize(
    ("content", "code", "complaint"),
    [
        (b"{", 3, "not JSON"),
        (b'{"schema": "repro-appliance/vary/1"}', 3, "not valid"),
        (b'{"schema": "repro-appliance/vary/1", "sentence": NaN}', 3, "not JSON"),
        (b'{"schema": "repro-appliance/diff/1", "verdict": 1, "sentence": "a"}', 3, "not valid"),
        (b'{"schema": "repro-appliance/cost/1", "rows": 1}', 3, "not valid"),
        (
            b'{"schema": "repro-appliance/error/1", "error": {"title": "no"}, "exit_code": 2}',
            3,
            "the error of a command",
        ),
        (b"[1]", 2, "cannot be made"),
        (None, 2, "cannot be read"),
    ],
)
def test_unusable_argument_is_refused(
    content: bytes | None,
    code: int,
    complaint: str,
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is no answer is 2, a damaged one is 3; nothing is written."""
    if content is not None:
        (tmp_path / "answer.json").write_bytes(content)
    assert call("report", tmp_path / "answer.json", "-o", tmp_path / "a.html") == code
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "a.html").exists()


@needs_libraries
def test_damaged_run_is_refused_and_a_doubtful_one_is_shown(
    call: Callable[..., int], runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing file is an error; a changed file is the verdict of the page."""
    shutil.copytree(runs / "one", tmp_path / "run")
    with (tmp_path / "run" / "config.toml").open("a") as stream:
        stream.write("# changed\n")
    assert call("report", tmp_path / "run", "-o", tmp_path / "a.html") == 0
    assert capsys.readouterr().out.startswith("could-not-judge: smoke, seed 1, profile portable: J002 ")
    (tmp_path / "run" / "weights.safetensors").unlink()
    assert call("report", tmp_path / "run", "-o", tmp_path / "b.html") == 3
    assert not (tmp_path / "b.html").exists()


@needs_libraries
def test_texts_of_a_run_stay_text(call: Callable[..., int], runs: Path, tmp_path: Path) -> None:
    """Names of classes are in no digest, so anything may stand there; the name of a directory is anybody's."""
    place = tmp_path / "<img src=x onerror=alert(1)>$x^"
    shutil.copytree(runs / "one", place)
    record = RECORD.read(place / RECORD_NAME)
    assert record.inputs is not None
    names = ("<script>alert(1)</script>", "$\\frac{1}", *(f"name {number} \u202e&" for number in range(8)))
    record = attrs.evolve(record, inputs=attrs.evolve(record.inputs, class_names=names))
    (place / RECORD_NAME).write_text(RECORD.format(record))
    files = {name: (place / name).read_bytes() for name in LIMITS}
    (place / CHECKSUMS).write_text(format_checksums(sum_files(files)))
    for arguments in ([place], [place, runs / "two"]):
        assert call("report", *arguments, "-o", tmp_path / "a.html") == 0
        text = (tmp_path / "a.html").read_text()
        assert find_active(text) == []
        assert "alert(1)" in text
        assert "\u202e" not in text


@needs_libraries
@pytest.mark.parametrize("out", ["one/a.html", "one/trace/a.html", "a.txt", "nowhere/a.html", "one/record.json"])
def test_unusable_name_of_the_page_is_refused(
    out: str, call: Callable[..., int], runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page is an HTML file, in a directory that exists and is no run."""
    shutil.copytree(runs / "one", tmp_path / "one")
    (tmp_path / "one" / "trace").mkdir()
    assert call("report", tmp_path / "one", "-o", tmp_path / out) == 2
    assert capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "one" / "trace").iterdir()) == []


@needs_libraries
def test_run_with_a_short_name_spoils_no_other_text(
    call: Callable[..., int], runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of a run directory is a letter that is in many words; only whole paths have other names on the page."""
    shutil.copytree(runs / "two", tmp_path / "e")
    monkeypatch.chdir(tmp_path)
    assert call("report", "e", "-o", "page.html") == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert "The environment is stored with the result" in page
    assert "verify RUN --retrain" in page
    assert "there is no golden" in page or "the golden of this configuration" in page


@needs_libraries
def test_place_of_program_and_data_is_not_told(
    call: Callable[..., int], runs: Path, tmp_path: Path, packages_root: Path
) -> None:
    """Neither a page nor what a bundle adds to its run says where program and data are, also damaged data."""
    stored = trained_plants.damage_stored(shutil.copytree(runs / "one", tmp_path / "one"))
    places = ("--data-dir", str(stored.data_dir))
    for place in (shutil.copytree(runs / "two", tmp_path / "two"), stored.run):
        assert call("report", place, *places, "-o", tmp_path / "a.html") == 0
        assert call("export", place, *places, "--format", "bundle", "-o", f"{place}.zip") == 0
        archive = parse_archive(Path(f"{place}.zip").read_bytes(), place)
        added = [content.decode() for name, content in archive.items() if not name.startswith("runs/")]
        for text in ((tmp_path / "a.html").read_text(encoding="utf-8"), *added):
            assert str(tmp_path) not in text
            assert str(packages_root) not in text


@needs_libraries
def test_goldens_and_evidence_are_taken(
    call: Callable[..., int], runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a golden the verdict is known; with evidence an item of the checklist says yes. It is about one run."""
    one, two = runs / "one", runs / "two"
    assert call("golden", "record", two / "config.toml", "--goldens", tmp_path / "goldens") == 0
    retrained = tmp_path / "retrained.json"
    capsys.readouterr()
    assert call("verify", two, "--retrain", "--json") == 0
    retrained.write_text(capsys.readouterr().out, encoding="utf-8")
    words = ("--goldens", tmp_path / "goldens", "--evidence", retrained)
    assert call("report", two, *words, "-o", tmp_path / "a.html", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "identical"
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "gave the same run digest" in page
    assert call("report", two, "-o", tmp_path / "b.html", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "could-not-judge"
    assert "gave the same run digest" not in (tmp_path / "b.html").read_text(encoding="utf-8")
    assert call("report", one, two, "--evidence", retrained, "-o", tmp_path / "c.html") == 2
    assert "one run directory" in capsys.readouterr().err
    assert not (tmp_path / "c.html").exists()
