"""Evidence bundles, verified: reproduced, changed, could not judge; and what somebody has edited in them."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from appliance import Dataset, fit, nn
from appliance.config import load_config
from appliance.errors import ConfigurationError
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from appliance.verification.retraining import Retraining
from appliance.verification.verify import verify
from support.edited_bundles import edit_bundle
from support.edits import swap
from support.exported_runs import export_to, write_runs
from support.forged_runs import forge_weights
from support.own_data import FEATURES, LABELS, SPLIT, write_config, write_table
from support.own_experiment import write_experiment
from support.planted_answers import change_fingerprint, make_answer_of_vary
from verify.command import run as judge
from verify.conformance.certificate import certify
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.archive import format_archive, parse_archive
from verify.files.golden import GOLDEN, seal
from verify.files.goldens import DIRECTORY
from verify.judging.bundles import extract_bundle, judge_claim, read_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.verification.verify import Verification
    from verify.conformance.certificate import Certificate


@cache
def certify_once(_: str) -> Certificate:
    """Return the certificate of this host, which takes a second; it is the same in every test here."""
    return certify()


@pytest.fixture(autouse=True)
def _certify_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.verification.retraining.certify", certify_once)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle of a run that equals its golden, and of one that has none."""
    folder = tmp_path_factory.mktemp("bundle")
    export_to("bundle", folder / "a.zip", *write_runs(folder / "runs").values())
    return folder / "a.zip"


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle of a run of smoke with one other bit in its weights, sound in itself."""
    folder = tmp_path_factory.mktemp("forged")
    write_run(forge_weights(run_training(load_config("smoke"))), folder / "run")
    export_to("bundle", folder / "a.zip", folder / "run")
    return folder / "a.zip"


def list_outcomes(found: Verification) -> list[str]:
    """Return how each claim ended."""
    return [claim.status for claim in found.claims]


def find_failed(found: Verification) -> list[str]:
    """Return the ids of checks that failed or could not be judged."""
    results = [result for judgement in found.judgements for result in judgement.results]
    return [result.id for result in results if result.status in ("fail", "could-not-judge")]


@pytest.mark.slow
def test_claims_are_reproduced(bundle: Path) -> None:
    """A run with a golden, and one whose only expectation is the run itself."""
    found = verify([str(bundle)])
    assert list_outcomes(found) == ["reproduced", "reproduced"]
    assert (found.verdict, found.exit_code) == ("identical", 0)
    body = found.to_json()
    assert [claim["found"] for claim in body["claims"]] == [claim["claimed"]["run"] for claim in body["claims"]]
    assert found.report.summary == "every claim was reproduced"


def test_judge_alone_says_what_it_can(bundle: Path, forged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without training: the run with a golden is sound, the other could not be judged, a forged one differs."""
    assert judge([str(bundle), "--json"]) == 3
    goldens = json.loads(capsys.readouterr().out)["goldens"]
    assert [row["verdict"] for row in goldens] == ["identical", "could-not-judge"]
    assert judge([str(forged)]) == 1
    shown = capsys.readouterr().out
    assert "V005 weights by epoch differ" in shown
    assert "repro-appliance-bundle-" not in shown


def test_one_flipped_bit_is_a_change(forged: Path, tmp_path: Path) -> None:
    """Negative control: a run that claims to equal its golden does not, nor does the training of it give these bits."""
    claimed = edit_bundle(forged, tmp_path / "b.zip", change_manifest=_claim_equal)
    found = verify([str(claimed)])
    assert (list_outcomes(found), found.exit_code) == (["changed"], 1)
    assert "B002" in find_failed(found)
    assert any(number.startswith("R") for number in find_failed(found))


def _claim_equal(manifest: dict[str, Any]) -> None:
    manifest["claims"][0]["verdict"] = "identical"


def test_exchanged_golden_is_noticed(forged: Path, tmp_path: Path) -> None:
    """Negative control: with a golden that was made for the forged run, the golden that is here still differs."""

    def exchange(files: dict[str, bytes]) -> None:
        record = json.loads(files["runs/1-smoke/record.json"])
        golden = json.loads(files["goldens/smoke.json"])
        golden.pop("native", None)
        golden |= {name: record[name] for name in ("digests", "epochs", "metrics", "samples")}
        files["goldens/smoke.json"] = GOLDEN.format(seal(GOLDEN.parse(golden, "a test"))).encode()

    found = verify([str(edit_bundle(forged, tmp_path / "b.zip", exchange, _claim_equal))])
    assert (list_outcomes(found), found.exit_code) == (["changed"], 1)
    assert "B002" not in find_failed(found)
    assert "B003" in find_failed(found)


def test_claim_about_another_run_could_not_be_judged(bundle: Path, tmp_path: Path) -> None:
    """Negative control: another digest of the settings in a claim; the other claim is judged as before."""

    def rename(manifest: dict[str, Any]) -> None:
        manifest["claims"][1]["config_digest"] = "sha256:" + "0" * 64

    found = verify([str(edit_bundle(bundle, tmp_path / "b.zip", change_manifest=rename))])
    assert (list_outcomes(found), found.exit_code) == (["reproduced", "could-not-judge"], 3)
    assert find_failed(found) == ["B001"]
    assert "config digest" in found.claims[1].sentence


def test_run_that_contradicts_itself_is_evidence_of_nothing(bundle: Path, tmp_path: Path) -> None:
    """Negative control: a bit of the weights without new checksums of the run."""

    def flip(files: dict[str, bytes]) -> None:
        weights = files["runs/1-smoke/weights.safetensors"]
        files["runs/1-smoke/weights.safetensors"] = weights[:-1] + bytes([weights[-1] ^ 1])

    found = verify([str(edit_bundle(bundle, tmp_path / "b.zip", flip))])
    assert list_outcomes(found) == ["could-not-judge", "reproduced"]
    assert "J002" in find_failed(found)


def test_files_and_claims_that_do_not_fit_are_refused(bundle: Path, tmp_path: Path) -> None:
    """Negative controls: a file more or less, claims removed, statements or metadata about other files."""

    def remove_claim(manifest: dict[str, Any]) -> None:
        del manifest["claims"][1]

    def remove_claims(manifest: dict[str, Any]) -> None:
        manifest["claims"] = []

    def lead_out(manifest: dict[str, Any]) -> None:
        manifest["claims"][0]["run"] = "runs/2-smoke"

    edits: dict[str, tuple[Any, Any]] = {
        "belongs to no claim": (lambda files: files.update({"more.txt": b"x"}), None),
        "a file belongs to no claim": (None, remove_claim),
        "is not valid": (None, remove_claims),
        "the run of the claim": (None, lead_out),
        "a file is missing": (lambda files: files.pop("goldens/smoke.json"), None),
    }
    for text, (change_files, change_manifest) in edits.items():
        with pytest.raises(CouldNotJudgeError, match=text):
            verify([str(edit_bundle(bundle, tmp_path / "b.zip", change_files, change_manifest))])
    files = parse_archive(bundle.read_bytes(), bundle)
    others = [{"more.txt": b"x"}]
    for name, old, new in (
        ("bundle.json", b'"size": 462', b'"size": 463'),
        ("runs/1-smoke/config.toml", b"seed = 1", b"seed = 2"),
        ("ro-crate-metadata.json", b'"contentSize": "462"', b'"contentSize": "463"'),
    ):
        others.append({name: swap(files[name], old, new)})
    for other in others:
        (tmp_path / "c.zip").write_bytes(format_archive({**files, **other}))
        with pytest.raises(CouldNotJudgeError, match="contradicts itself"):
            verify([str(tmp_path / "c.zip")])


def change_line(number: int, change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    """Return an edit of one statement."""

    def edit(files: dict[str, bytes]) -> None:
        lines = [json.loads(line) for line in files["statements.jsonl"].splitlines()]
        change(lines[number])
        files["statements.jsonl"] = "".join(f"{json.dumps(line)}\n" for line in lines).encode()

    return edit


def change_checklist(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    """Return an edit of the checklist of the first run."""

    def edit(files: dict[str, bytes]) -> None:
        body = json.loads(files["checklists/1-smoke.json"])
        change(body)
        files["checklists/1-smoke.json"] = json.dumps(body).encode()

    return edit


def drop_line(files: dict[str, bytes]) -> None:
    """Leave out the last statement."""
    files["statements.jsonl"] = b"".join(files["statements.jsonl"].splitlines(keepends=True)[:-1])


def exchange_results(line: dict[str, Any]) -> None:
    """Give the results of a statement other digests."""
    for row in line["subject"]:
        if row["name"] == "result:predictions":
            row["digest"]["sha256"] = "0" * 64


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (change_line(0, lambda line: line["predicate"].update(result="FAILED")), "another result"),
        (change_line(1, lambda line: line["predicate"].update(verdict="different")), "another verdict"),
        (change_line(1, lambda line: line["predicate"].update(run="sha256:" + "0" * 64)), "another run digest"),
        (change_line(1, lambda line: line["predicate"].update(config="mine")), "another config"),
        (change_line(0, exchange_results), "another result:predictions"),
        (change_line(0, lambda line: line["subject"].pop(0)), "another runs/1-smoke/checksums.sha256"),
        (drop_line, "is about other claims"),
        (change_checklist(lambda body: body.update(run_digest="sha256:" + "0" * 64)), "another run digest"),
        (change_checklist(lambda body: body["parts"][0]["items"][0].update(status="no")), "counts other answers"),
        (change_checklist(lambda body: body.update(more=1)), "is not valid"),
    ],
)
def test_statements_and_checklists_say_what_the_claims_say(
    edit: Callable[[dict[str, bytes]], None], what: str, bundle: Path, tmp_path: Path
) -> None:
    """Negative controls: digests of files are right everywhere, and one statement or checklist says something else."""
    with pytest.raises(CouldNotJudgeError, match=what):
        read_bundle(edit_bundle(bundle, tmp_path / "b.zip", change_last=edit))
    assert len(read_bundle(edit_bundle(bundle, tmp_path / "c.zip")).manifest.claims) == 2


def test_kept_answers_say_what_the_manifest_repeats(tmp_path: Path) -> None:
    """Negative controls: the manifest states another verdict, sentence or schema of an answer than the answer has."""
    write_run(run_training(load_config("smoke")), tmp_path / "run")
    answer = make_answer_of_vary({}, verdict="different", sentence="threads change the results")
    (tmp_path / "vary.json").write_text(json.dumps(answer), encoding="utf-8")
    export_to("bundle", tmp_path / "a.zip", tmp_path / "run", evidence=(tmp_path / "vary.json",))
    assert read_bundle(tmp_path / "a.zip").manifest.evidence[0].verdict == "different"
    for name, value in (("verdict", "identical"), ("sentence", "fine"), ("schema", "repro-appliance/prove/1")):

        def change(manifest: dict[str, Any], name: str = name, value: str = value) -> None:
            manifest["evidence"][0][name] = value

        with pytest.raises(CouldNotJudgeError, match=f"another {name} is stated"):
            read_bundle(edit_bundle(tmp_path / "a.zip", tmp_path / "b.zip", change_manifest=change))


def test_what_is_no_bundle_is_refused(bundle: Path, tmp_path: Path) -> None:
    """A missing file, another archive, a bundle beside other names; a directory with this name is a run directory."""
    (tmp_path / "b.zip").write_bytes(format_archive({"a.txt": b"x"}))
    with pytest.raises(CouldNotJudgeError, match="no evidence bundle"):
        verify([str(tmp_path / "b.zip")])
    with pytest.raises(UsageError, match="cannot be read"):
        verify([str(tmp_path / "none.zip")])
    with pytest.raises(UsageError, match="alone"):
        verify([str(bundle), "smoke"])
    write_run(run_training(load_config("smoke")), tmp_path / "run.zip")
    found = verify([str(tmp_path / "run.zip")])
    assert (found.verdict, found.claims) == ("identical", ())
    assert judge([str(tmp_path / "run.zip")]) == 0


def test_code_in_a_bundle_is_run_only_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --run-code an experiment could not be judged and is not imported; with it, it is reproduced."""
    home = tmp_path / "home"
    config = write_experiment(home)
    with (home / "mine.py").open("a", encoding="utf-8") as module:
        module.write("\n\nopen('was-run', 'w').close()\n")
    monkeypatch.chdir(home)
    write_run(run_training(load_config(str(config))), tmp_path / "run")
    export_to("bundle", tmp_path / "a.zip", tmp_path / "run")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with pytest.raises(ConfigurationError, match="the code of a run is not here"):
        export_to("bundle", tmp_path / "b.zip", tmp_path / "run")
    found = verify([str(tmp_path / "a.zip")])
    assert (list_outcomes(found), find_failed(found)) == (["could-not-judge"], ["B004"])
    assert "--run-code" in str(found.claims[0].remedy)
    assert not (elsewhere / "was-run").exists()
    found = verify([str(tmp_path / "a.zip")], run_code=True)
    assert list_outcomes(found) == ["reproduced"]
    assert (elsewhere / "was-run").exists()


@pytest.mark.slow
def test_command_of_a_claim_makes_its_run_again(
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the extracted bundle, the command `rerun` of each claim ends with exit code 0."""
    home = tmp_path / "home"
    write_experiment(home)
    monkeypatch.chdir(home)
    write_run(run_training(load_config("mine.toml")), tmp_path / "run")
    export_to("bundle", tmp_path / "a.zip", tmp_path / "run")
    for number, path in enumerate((bundle, tmp_path / "a.zip")):
        folder = tmp_path / f"extracted-{number}"
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        for claim in json.loads((folder / "bundle.json").read_text("ascii"))["claims"]:
            before, _, command = claim["rerun"].rpartition("&& ")
            monkeypatch.chdir(folder / before.partition(" ")[2].strip())
            assert call(*command.split()[1:]) == 0
    assert capsys.readouterr().out.count("identical:") == len(("golden", "seed", "code"))


def test_difference_that_is_claimed_is_reproduced(bundle: Path, tmp_path: Path) -> None:
    """A run that differs from its golden, and is claimed to, ends as reproduced if training gives the same again."""
    golden = json.loads((DIRECTORY / "smoke.json").read_text("utf-8"))
    golden["digests"]["predictions"] = "sha256:" + "0" * 64
    (tmp_path / "smoke.json").write_text(GOLDEN.format(seal(GOLDEN.parse(golden, "a test"))), encoding="utf-8")
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path)
    export_to("bundle", tmp_path / "a.zip", tmp_path / "runs" / "1-smoke", goldens=tmp_path)
    for goldens in (None, tmp_path):  # the ones that ship, and the one that was used
        found = verify([str(tmp_path / "a.zip")], Retraining(golden_dir=goldens))
        assert (list_outcomes(found), found.claims[0].claim.verdict) == (["reproduced"], "different")


def test_samples_of_a_program_could_not_be_judged(tmp_path: Path) -> None:
    """A run of `fit` has its samples from a program, which is not in the bundle."""
    data = Dataset.from_arrays(FEATURES[:45], LABELS[:45], FEATURES[45:], LABELS[45:])
    record = fit([nn.Dense(units=3)], data, optimizer=nn.Sgd(learning_rate=0.1), epochs=1, batch_size=15)
    write_run(record, tmp_path / "run")
    export_to("bundle", tmp_path / "a.zip", tmp_path / "run")
    found = verify([str(tmp_path / "a.zip")])
    assert (list_outcomes(found), find_failed(found)) == (["could-not-judge"], ["V014"])


def test_data_that_are_not_here_could_not_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data of one's own are looked for in the current directory; a published set has the command that gets it."""
    write_table(tmp_path / "data.csv")
    columns = [{"name": "x*"}, {"name": "y", "type": "integer", "role": "target"}]
    data = {"source": "csv", "csv": {"path": "data.csv", "columns": columns}, "split": SPLIT}
    config = write_config(tmp_path / "own.toml", data)
    monkeypatch.chdir(tmp_path)
    write_run(run_training(load_config(str(config))), tmp_path / "run")
    export_to("bundle", tmp_path / "a.zip", tmp_path / "run")
    assert list_outcomes(verify([str(tmp_path / "a.zip")])) == ["reproduced"]
    (tmp_path / "data.csv").rename(tmp_path / "other.csv")
    found = verify([str(tmp_path / "a.zip")])
    assert (list_outcomes(found), find_failed(found)) == (["could-not-judge"], ["V014"])


def test_goldens_here_may_be_named(bundle: Path, tmp_path: Path) -> None:
    """With --goldens the goldens of a directory are those that are here."""
    golden = json.loads((DIRECTORY / "smoke.json").read_text("utf-8"))
    golden["digests"]["predictions"] = "sha256:" + "0" * 64
    (tmp_path / "smoke.json").write_text(GOLDEN.format(seal(GOLDEN.parse(golden, "a test"))), encoding="utf-8")
    found = verify([str(bundle)], Retraining(golden_dir=tmp_path))
    assert list_outcomes(found) == ["changed", "reproduced"]
    assert find_failed(found) == ["B003"]


def test_golden_here_of_which_only_losses_are_compared_is_there(tmp_path: Path) -> None:
    """A native run of another kind of machine: the note says that losses were compared, not that nothing is here."""
    write_run(run_training(load_config("smoke"), profile="native"), tmp_path / "run")
    change_fingerprint(tmp_path / "run", lambda body: body["compared"].update({"blas.kernel": "other"}))
    export_to("bundle", tmp_path / "a.zip", tmp_path / "run")
    with extract_bundle(read_bundle(tmp_path / "a.zip")) as folder:
        judgement = judge_claim(read_bundle(tmp_path / "a.zip").manifest.claims[0], folder)
    note = next(result for result in judgement.results if result.id == "B003")
    assert (judgement.verdict, note.status) == ("close", "info")
    assert "only the losses" in note.title
