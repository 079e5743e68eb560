"""A configuration that names a module of the user's: what is hashed, what is run, how its errors are told."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from appliance import load_config, parse_settings, read_run, train, write_run
from appliance.config.reports import show_report
from appliance.config.template import write_template
from appliance.errors import ConfigurationError, ExperimentError
from appliance.verification.recording import Recording, record_golden
from appliance.verification.retraining import Retraining
from appliance.verification.verify import verify
from support.edits import swap
from support.own_experiment import edit, write_experiment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of an experiment in a folder of its own."""
    return write_experiment(tmp_path / "project")


def test_an_experiment_is_trained(config: Path) -> None:
    """Its module gives data, layers and optimizer; the record can predict and be read back."""
    record = train(str(config))
    assert len(record.epochs) == 2
    assert list(record.parameters) == ["dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"]
    assert record.predict(record.predictions["logits"][:1].repeat(3, axis=1)).shape == (1,)
    write_run(record, config.parent / "run")
    stored = read_run(config.parent / "run")
    assert stored.config.digest() == record.config.digest()
    assert sorted(stored.config.settings()) == ["experiment", "name", "precision", "schema", "seed", "training"]


def test_the_files_are_hashed_and_nothing_else(config: Path) -> None:
    """A changed byte of any listed file is another configuration; line ends and other files are not."""
    digest = load_config(str(config)).digest()
    swish = config.parent / "swish.py"
    swish.write_bytes(swap(swish.read_bytes(), b"\n", b"\r\n"))
    (config.parent / "notes.txt").write_text("other", encoding="utf-8")
    assert load_config(str(config)).digest() == digest
    swish.write_bytes(swish.read_bytes() + b"# changed\n")
    assert load_config(str(config)).digest() != digest


def test_what_the_file_says_the_module_need_not(config: Path) -> None:
    """A section is in one of them: in both or in neither is an error."""
    edit(config.parent / "mine.py", ", optimizer=nn.Adam(learning_rate=0.02)", "")
    with pytest.raises(ConfigurationError, match="optimizer is missing"):
        train(str(config))
    edit(config, "[training]", '[optimizer]\nname = "sgd"\nlearning_rate = 0.1\n\n[training]')
    assert train(str(config)).config.settings()["optimizer"]["name"] == "sgd"
    edit(config, "[training]", "[model]\nlayers = [6, 2]\n\n[training]")
    with pytest.raises(ConfigurationError, match="model is given twice"):
        train(str(config))


def test_nothing_is_left_of_the_modules(config: Path, tmp_path: Path) -> None:
    """Two experiments whose files have the same names do not see each other's."""
    other = write_experiment(tmp_path / "other")
    edit(other.parent / "swish.py", "x * portable.sigmoid(x), slope", "x, lambda x: x * 0.0 + 1.0")
    names, finders = set(sys.modules), list(sys.meta_path)
    first, second, again = (train(str(path)).digests["final_weights"] for path in (config, other, config))
    assert first == again != second
    assert not {"mine", "swish"} & (set(sys.modules) - names)
    assert sys.meta_path == finders


def test_modules_may_lie_in_folders(config: Path) -> None:
    """As packages, with or without a file __init__.py, with relative imports; `__file__` is where they are."""
    folder = config.parent / "parts"
    folder.mkdir()
    (config.parent / "swish.py").rename(folder / "swish.py")
    (folder / "first.py").write_text("from .swish import swish\nplace = __file__\n", encoding="utf-8")
    edit(config, 'files = ["swish.py"]', 'files = ["parts/swish.py", "parts/first.py"]')
    edit(config.parent / "mine.py", "from swish import swish", "from parts.first import place, swish")
    check = "    import os\n    assert os.path.isfile(place) and os.path.isfile(__file__)\n    y = x"
    edit(config.parent / "mine.py", "    y = x", check)
    assert len(train(str(config)).epochs) == 2


def test_a_template_can_begin_with_an_experiment(config: Path) -> None:
    """It has the same section, and none that the module gives."""
    path = config.parent / "other.toml"
    write_template(path, str(config))
    made, before = load_config(str(path)), load_config(str(config))
    assert made.settings() == {**before.settings(), "name": "other"}


def test_the_settings_are_shown_without_running_code(config: Path) -> None:
    """With the digests of the files; a copy with them is bound to these files."""
    edit(config.parent / "mine.py", "def build", "raise SystemExit\ndef build")
    report = show_report(str(config))
    assert report.body["settings"]["experiment"]["digests"].keys() == {"mine.py", "swish.py"}
    copy = config.parent / "bound.toml"
    copy.write_text(report.text, encoding="utf-8")
    assert load_config(str(copy)).digest() == load_config(str(config)).digest()
    edit(config.parent / "swish.py", "1.0 + x", "1.0 + 1.0 * x")
    with pytest.raises(ConfigurationError, match="not that of this run"):
        load_config(str(copy))


def test_what_the_code_prints_is_no_result(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to stderr, since stdout holds the results."""
    edit(config.parent / "mine.py", "    y = x", "    print('hello')\n    y = x")
    train(str(config))
    assert capsys.readouterr() == ("", "hello\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "title", "words"),
    [
        ("mine.py", "    y = x", "    y = 1 // 0\n    y = x", "the code of the experiment failed", "line 7, in build"),
        ("swish.py", "    s = p", "    s = nothing\n    s = p", "the code of the experiment failed", "in slope"),
        ("mine.py", "def build", "def (", "the code of the experiment failed", "line 5"),
        (
            "mine.py",
            "def build",
            "raise SystemExit\ndef build",
            "the code of the experiment failed",
            "SystemExit",
        ),
        ("mine.py", "def build", "def other", "an experiment lacks its function", r"def build\(config\)"),
        ("mine.py", "return Experiment(", "return dict(", "returned something else", "dict"),
        ("mine.toml", 'files = ["swish.py"]', "", "imports a file that its configuration does not list", "swish.py"),
        ("mine.py", "import swish", "import sw", "the code of the experiment failed", "ImportError"),
    ],
)
def test_errors_of_the_code_are_told(config: Path, file: str, old: str, new: str, title: str, words: str) -> None:
    """As all other errors, with the last place in the user's code; the traceback is kept for --debug."""
    edit(config.parent / file, old, new)
    with pytest.raises(ExperimentError, match=title) as caught:
        train(str(config))
    assert caught.value.exit_code == 2
    assert re.search(words, str(caught.value)), str(caught.value)
    assert str(config.parent) in str(caught.value.where) or caught.value.where == "mine.py, build"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("data=data", "data=(x, y)", "data: expected a data set, .* type tuple"),
        ("model=layers", "model=[6, 8, 2]", r"model\[0\]: expected a layer, .* found 6"),
        ("optimizer=nn.Adam(learning_rate=0.02)", "optimizer='adam'", "optimizer: expected an optimizer, .* 'adam'"),
    ],
)
def test_parts_of_another_kind_are_refused(config: Path, old: str, new: str, words: str) -> None:
    """A mistake of the user's code is no internal error."""
    edit(config.parent / "mine.py", old, new)
    with pytest.raises(ConfigurationError, match="an experiment cannot have these settings") as caught:
        train(str(config))
    assert re.search(words, str(caught.value)), str(caught.value)
    assert caught.value.where == "mine.py, build"


def test_a_missing_module_is_told_without_running_anything(config: Path) -> None:
    """When the configuration is read."""
    (config.parent / "mine.py").unlink()
    with pytest.raises(ConfigurationError, match="a file of the experiment cannot be read"):
        load_config(str(config))


@pytest.mark.parametrize(
    "text",
    ['module = "../mine.py"', 'module = "/mine.py"', 'module = "mine.txt"', 'module = "mine.py"\nfiles = ["../a"]'],
)
def test_files_are_below_the_configuration(config: Path, text: str) -> None:
    """Other paths are refused."""
    edit(config, 'module = "mine.py"\nfiles = ["swish.py"]', text)
    with pytest.raises(ConfigurationError, match="not valid"):
        load_config(str(config))


def test_other_digests_do_not_change(config: Path) -> None:
    """The growth rule: only a configuration with the section has it in its settings."""
    assert "experiment" not in load_config("smoke").settings()
    settings = load_config(str(config)).settings()
    assert parse_settings(settings, where="a test").settings() == settings


@pytest.fixture
def golden(config: Path) -> Path:
    """Return the folder with the golden of the experiment."""
    record_golden(str(config), Recording())
    return config.parent / "goldens"


@pytest.mark.slow
def test_a_golden_of_an_experiment_is_verified(config: Path, golden: Path) -> None:
    """Beside the configuration or in a folder that is named."""
    assert verify(str(config)).verdict == "identical"
    assert verify(str(config), Retraining(golden_dir=golden)).verdict == "identical"


@pytest.mark.slow
def test_changed_code_could_not_be_judged(config: Path, golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another experiment, not another result; nothing is trained."""
    edit(config.parent / "swish.py", "1.0 + x", "1.0 + 1.0 * x")
    monkeypatch.setattr("appliance.verification.retraining.run_training", lambda *_, **__: pytest.fail("trained"))
    found = verify(str(config), Retraining(golden_dir=golden))
    assert (found.verdict, found.exit_code) == ("could-not-judge", 3)
    result = found.judgements[0].results[0]
    assert (result.id, result.where) == ("V016", "swish.py")
    assert "golden record" in str(result.remedy)


@pytest.mark.slow
def test_changed_settings_are_different(config: Path, golden: Path) -> None:
    """As for every configuration."""
    edit(config, "seed = 3", "seed = 4")
    assert verify(str(config), Retraining(golden_dir=golden)).verdict == "different"


@pytest.mark.slow
def test_a_run_directory_is_judged_without_running_code(
    config: Path, golden: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where the code is not; trained again it is found in the current directory, if it has the same digest."""
    run = tmp_path / "sent" / "run"
    run.parent.mkdir()
    write_run(train(str(config)), run)
    project = config.parent
    monkeypatch.chdir(tmp_path)
    settings = Retraining(golden_dir=golden)
    with monkeypatch.context() as patch:
        patch.setattr("appliance.experiments.running.import_experiment", lambda *_: pytest.fail("run"))
        assert verify(str(run), settings).verdict == "identical"
    assert verify(str(run), settings, retrain=True).verdict == "could-not-judge"
    monkeypatch.chdir(project)
    assert verify(str(run), settings, retrain=True).verdict == "identical"
    edit(project / "swish.py", "1.0 + x", "1.0 + 1.0 * x")
    assert verify(str(run), settings, retrain=True).verdict == "could-not-judge"


def test_data_of_an_experiment_are_not_checked_without_its_code(
    config: Path, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """`data check` runs no code of a user's; it says who gives the samples, and what checks them."""
    edit(config.parent / "mine.py", "def build", "raise SystemExit\ndef build")
    assert call("data", "check", str(config), "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["title"] == "the code of an experiment gives these samples"
    assert error["found"] == "only the code in mine.py"
