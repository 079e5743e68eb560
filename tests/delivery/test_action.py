"""The action: inputs become words and never scripts, answers become outputs, one comment is kept up to date."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.action import comment, run

pytestmark = pytest.mark.checkout

EVENT = {"pull_request": {"number": 7}}
HOSTILE = "a `b` @all $(touch x)\n::error::forged</code> | <img src=x>"


def find_scripts(text: str) -> list[str]:
    """Return what the steps of an action or of a workflow run, one text for each step."""
    return [
        inline or block
        for inline, block in re.findall(r"^ +-? ?run: (?:(?!\|)(.+)|\|\n((?: {8,}.*\n)+))", text, re.MULTILINE)
    ]


def test_action_gives_inputs_to_scripts_by_variables_only(checkout: Path) -> None:
    """No script holds an expression; every input is used; every file that a script names exists."""
    text = (checkout / "action.yml").read_text(encoding="utf-8")
    scripts = find_scripts(text)
    assert len(scripts) == 4
    assert [script for script in scripts if "${{" in script] == []
    names = re.findall(r"^  ([a-z-]+):\n    description:", text.partition("\noutputs:")[0], re.MULTILINE)
    assert len(names) > 10
    assert [name for name in names if f"inputs.{name}" not in text] == []
    files = re.findall(r"\$GITHUB_ACTION_PATH/([\w/.]+)", text)
    assert len(files) == 3
    assert [name for name in files if not (checkout / name).is_file()] == []
    given = set(re.findall(r"^ +(ACTION_[A-Z]+): \$\{\{", text, re.MULTILINE))
    read = {
        name
        for file in ("run", "comment")
        for name in re.findall("ACTION_[A-Z]+", (checkout / f"delivery/action/{file}.py").read_text())
    }
    assert given == read


def test_page_shows_the_workflow_and_the_inputs(checkout: Path) -> None:
    """The workflow to copy is the file that the linters read; every input and output stands in a table."""
    page = (checkout / "docs/action.md").read_text(encoding="utf-8")
    assert (checkout / "examples/action/reproducible.yml").read_text(encoding="utf-8") in page
    text = (checkout / "action.yml").read_text(encoding="utf-8").partition("\nruns:")[0]
    named = set(re.findall(r"^  ([a-z-]+):\n    description:", text, re.MULTILINE))
    rows = {name for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall("`([a-z-]+)`", row)}
    assert rows == named


def test_expression_in_a_script_is_found() -> None:
    """Negative control: in a line, and in a block."""
    assert find_scripts("    - run: echo ${{ inputs.title }}\n") == ["echo ${{ inputs.title }}"]
    assert "${{" in find_scripts("      run: |\n        a\n        echo ${{ inputs.title }}\n")[0]


def test_inputs_become_words() -> None:
    """Words of a shell are split, and nothing in them is executed or changed."""
    inputs = {
        "ACTION_COMMAND": "vary", "ACTION_PROGRAM": "python 'my train.py' '$(touch x)'", "ACTION_AXES": "threads,libm",
        "ACTION_OUTPUT": "*.npz\n\n a b.txt \n", "ACTION_BUDGET": "5m", "GITHUB_STEP_SUMMARY": "s.md",
    }  # fmt: skip
    assert run.list_arguments(inputs) == [
        "vary", "--json", "--markdown", "s.md", "--axes", "threads,libm", "--budget", "5m", "--output", "*.npz",
        "--output", "a b.txt", "--", "python", "my train.py", "$(touch x)",
    ]  # fmt: skip
    inputs = {
        "ACTION_COMMAND": "verify",
        "ACTION_NAMES": "smoke runs/a",
        "ACTION_JUNIT": "j.xml",
        "ACTION_ARGUMENTS": "--retrain",
    }
    assert run.list_arguments(inputs) == ["verify", "--json", "--junit", "j.xml", "--retrain", "smoke", "runs/a"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "vary or verify"),
        ({"ACTION_COMMAND": "rm"}, "not 'rm'"),
        ({"ACTION_COMMAND": "vary"}, "program is missing"),
        ({"ACTION_COMMAND": "vary", "ACTION_PROGRAM": "a 'b"}, "input program cannot be split"),
    ],
)
def test_wrong_inputs_are_named(inputs: dict[str, str], message: str) -> None:
    """A command that is none, no program, an open quote."""
    with pytest.raises(run.InputError, match=message):
        run.list_arguments(inputs)


def test_answers_are_read() -> None:
    """An answer, an error, and something else; a forged line stays in one line."""
    found = run.read_answer(json.dumps({"verdict": "different", "sentence": HOSTILE}), 1)
    assert (found.verdict, found.code) == ("different", 1)
    assert "\n" not in found.sentence
    error = {"error": {"title": "no such axis", "found": "x", "remedy": "y"}, "exit_code": 2}
    found = run.read_answer(json.dumps(error), 2)
    assert (found.verdict, found.sentence, found.code) == ("error", "no such axis; found: x; remedy: y", 2)
    assert run.read_answer("Killed", 137).verdict == "error"
    assert run.read_answer("[]", 0).code == run.USAGE


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a job, with the variables that GitHub sets and the program beside its interpreter."""
    program = tmp_path / "bin/repro-appliance"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m appliance "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "event.json").write_text(json.dumps(EVENT), encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(sys, "executable", str(program.parent / "python"))
    for name, value in {
        "RUNNER_TEMP": tmp_path, "GITHUB_OUTPUT": tmp_path / "output", "GITHUB_STEP_SUMMARY": tmp_path / "summary.md",
        "GITHUB_EVENT_PATH": tmp_path / "event.json", "GITHUB_REPOSITORY": "one/two", "GITHUB_SERVER_URL": "https://example.org",
        "GITHUB_RUN_ID": "5", "GITHUB_WORKFLOW": "w", "GITHUB_JOB": "j", "ACTION_COMMAND": "vary", "ACTION_TITLE": "t",
        "ACTION_AUTHOR": "github-actions[bot]",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    return tmp_path


def read_outputs(job: Path) -> dict[str, str]:
    """Return the outputs of a step."""
    return dict(line.split("=", 1) for line in (job / "output").read_text(encoding="utf-8").splitlines())


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(("text", "verdict", "code"), [("$TZ", "different", 1), ("same", "identical", 0)])
def test_planted_program_is_judged(
    job: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], text: str, verdict: str, code: int
) -> None:
    """A program that writes its time zone differs, another one does not; neither sees the files of the step."""
    (job / "work/p.sh").write_text(
        f"""echo "{text}" > out.txt
[ -z "$GITHUB_OUTPUT$ACTION_PROGRAM" ] || echo > leaked.txt
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("ACTION_PROGRAM", "sh p.sh")
    monkeypatch.setenv("ACTION_AXES", "timezone")
    monkeypatch.setenv("ACTION_JUNIT", str(job / "junit.xml"))
    assert run.main() == 0
    outputs = read_outputs(job)
    assert (outputs["verdict"], outputs["exit-code"]) == (verdict, str(code))
    answer = json.loads(Path(outputs["answer"]).read_text(encoding="utf-8"))
    assert (answer["verdict"], answer["sentence"]) == (verdict, outputs["sentence"])
    assert {name for kind in answer["classes"] for name in kind["outputs"]} == {"out.txt"}
    assert f"{verdict}: {outputs['sentence']}" in capfd.readouterr().out
    assert (job / "summary.md").read_text(encoding="utf-8").startswith(f"**{verdict}**")
    assert ('<failure message="time zone"' in (job / "junit.xml").read_text(encoding="utf-8")) == bool(code)


def test_wrong_input_is_an_output_and_a_summary(job: Path) -> None:
    """The step does not fail; the last one ends with the exit code."""
    assert run.main() == 0
    assert (read_outputs(job)["verdict"], read_outputs(job)["exit-code"]) == ("error", "2")
    assert "program is missing" in (job / "summary.md").read_text(encoding="utf-8")


@pytest.fixture
def hub(job: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program `gh` on PATH that keeps what it is asked, and answers with the comments in a file."""
    script = f"""#!/bin/sh
        echo "$*" >> {job}/asked
        case "$*" in
          *--paginate*) cat {job}/comments ;;
          *) cat > {job}/body ;;
        esac
        if [ -e {job}/refused ]; then echo 'gh: Resource not accessible by integration (HTTP 403) 100%' >&2; exit 1; fi
    """
    (job / "bin/gh").write_text(script, encoding="utf-8")
    (job / "bin/gh").chmod(0o755)
    (job / "comments").write_text("", encoding="utf-8")
    monkeypatch.setenv("PATH", f"{job}/bin:/usr/bin:/bin")
    monkeypatch.setenv("ACTION_VERDICT", "different")
    monkeypatch.setenv("ACTION_SENTENCE", HOSTILE)
    return job


@pytest.mark.process
def test_first_comment_is_written_and_later_ones_change_it(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment of the same author with the same mark is changed; one of somebody else's is left alone."""
    assert comment.main() == 0
    body = json.loads((hub / "body").read_text(encoding="utf-8"))["body"]
    assert (hub / "asked").read_text().splitlines()[1] == "api --method POST repos/one/two/issues/7/comments --input -"
    rows = [{"id": 1, "login": "somebody", "body": body}, {"id": 2, "login": "github-actions[bot]", "body": "other"}]
    (hub / "comments").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert comment.main() == 0
    assert "--method POST" in (hub / "asked").read_text().splitlines()[-1]
    rows.append({"id": 3, "login": "github-actions[bot]", "body": body})
    (hub / "comments").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert comment.main() == 0
    assert (hub / "asked").read_text().splitlines()[
        -1
    ] == "api --method PATCH repos/one/two/issues/comments/3 --input -"
    monkeypatch.setenv("ACTION_TITLE", "another")
    assert comment.main() == 0
    assert "--method POST" in (hub / "asked").read_text().splitlines()[-1]


@pytest.mark.process
def test_comment_shows_hostile_text_as_it_is(hub: Path) -> None:
    """No markup, no further line, and no name that is called: the sentence stays in one element of code."""
    assert comment.main() == 0
    lines = json.loads((hub / "body").read_text(encoding="utf-8"))["body"].splitlines()
    assert len(lines) == 6
    assert lines[3].startswith("<code>")
    assert lines[3].count("<") == 2
    assert "\\`b\\`" in lines[3]
    assert lines[5] == "[the whole answer](https://example.org/one/two/actions/runs/5)"


@pytest.mark.process
def test_comment_that_may_not_be_written_is_a_notice(
    hub: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal, no such program, no pull request: each is one line, and no failure."""
    (hub / "refused").touch()
    assert comment.main() == 0
    assert (
        "::notice::no comment: gh: Resource not accessible by integration (HTTP 403) 100%25;" in capsys.readouterr().out
    )
    monkeypatch.setenv("PATH", str(hub / "nowhere"))
    assert comment.main() == 0
    assert capsys.readouterr().out.startswith("::notice::no comment: gh: ")
    (hub / "event.json").write_text('{"ref": "main"}', encoding="utf-8")
    assert comment.main() == 0
    assert "of no pull request" in capsys.readouterr().out


@pytest.mark.process
@pytest.mark.parametrize(("code", "wanted"), [(0, 0), (1, 2)])
def test_only_hashed_files_are_installed(checkout: Path, tmp_path: Path, code: int, wanted: int) -> None:
    """Everything comes from the locks, the program from the checkout; an old interpreter is named before that."""
    python = tmp_path / "python"
    folder = tmp_path / "env"
    python.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n[ "$1" != -c ] || exit {code}\n'
        f'[ "$2" != venv ] || {{ mkdir -p {folder}/bin; cp "$0" {folder}/bin/python; }}\n'
    )
    python.chmod(0o755)
    words = ["bash", str(checkout / "delivery/action/install.sh"), str(folder)]
    for _ in range(2):
        done = subprocess.run(
            words, env={"PYTHON": str(python), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
        )
        assert done.returncode == wanted
    asked = (tmp_path / "asked").read_text().splitlines()
    installs = [line for line in asked if " install " in line]
    assert len(installs) == (0 if code else 2)
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation --no-index" in line for line in installs)
    assert ("::error::" in done.stderr) == bool(code)
