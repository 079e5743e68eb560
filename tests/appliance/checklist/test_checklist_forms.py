"""The forms of an answered checklist: text of 80 columns, JSON, Markdown; nothing that a run holds gets out of them."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from appliance.checklist import answer_checklist
from appliance.checklist.conferences import LISTS
from support.planted_answers import change_fingerprint, change_machine, give, make_answer_of_vary, make_proof
from verify.files.machine import MACHINE_NAME
from verify.rendering.lines import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.checklist import Checklist

NASTY = "<script>alert(1)</script> | a\n::error::b \x1b[31m [x](javascript:y) `rm -rf /` $(id) \u202e ##[group]"
_DANGEROUS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]|^\s*::|##\[", flags=re.MULTILINE)
_WHOLE = re.compile("sha256:[0-9a-f]{64}")


@pytest.fixture
def run(smoke_run: Path, tmp_path: Path) -> Path:
    """Return a copy of a run of smoke."""
    return shutil.copytree(smoke_run, tmp_path / "smoke")


def spoil(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value in which every text is nasty."""
    if isinstance(value, str):
        return NASTY
    return [spoil(item) for item in value] if isinstance(value, list) else value


def make_hostile(run: Path) -> Checklist:
    """Answer for a run whose fingerprint, circumstances and evidence are nasty everywhere."""

    def change(body: dict[str, Any]) -> None:
        for section in ("compared", "context"):
            body[section] = {name: spoil(value) for name, value in body[section].items()}
            body[section][f"env.{NASTY}"] = NASTY
        body["probes"] = dict.fromkeys(body["probes"], NASTY)

    change_fingerprint(run, change)
    change_machine(run, lambda body: body.update(run_dir=NASTY))
    evidence = (make_proof(run, "resume", sentence=NASTY), make_answer_of_vary({NASTY: NASTY}, sentence=NASTY))
    return answer_checklist(run, evidence=give(run, *evidence).evidence)


def list_cells(table: str) -> list[int]:
    """Return how many cells each row of the Markdown tables has; an escaped bar ends none."""
    rows = [line for line in table.splitlines() if line.startswith("|")]
    return [len(re.findall(r"(?<!\\)\|", row)) for row in rows]


def test_text_fits(run: Path) -> None:
    """No line is wider than a terminal but for a command or a path, which are not divided."""
    for wanted in (None, *(found.name for found in LISTS)):
        shown = answer_checklist(run, wanted=wanted).format_text()
        wide = [line for line in shown.splitlines() if len(line) > COLUMNS]
        assert [line for line in wide if "repro-appliance " not in line] == []


def test_commands_have_lines_of_their_own(run: Path) -> None:
    """A whole line is copied, and nothing else is in it."""
    found = answer_checklist(run)
    lines = found.format_text().splitlines()
    commands = [command for item in found.items for command in item.commands]
    assert len(commands) > 10
    assert [command for command in commands if f"{' ' * 12}{command}" not in lines] == []


def test_digests_are_cut_unless_asked_for(run: Path) -> None:
    """`--full` shows them whole."""
    found = answer_checklist(run)
    assert not _WHOLE.search(found.format_text())
    assert found.about.run_digest in found.format_text(full=True)


def test_markdown_has_short_digests_and_a_table_of_whole_ones(run: Path) -> None:
    """A whole digest is in the last table only, once, beside its short form; every row has its cells."""
    shown = answer_checklist(run).format_markdown()
    tables, _, last = shown.partition("**Digests**")
    assert not _WHOLE.search(tables)
    whole = _WHOLE.findall(last)
    assert len(whole) == len(set(whole)) > 3
    shorts = re.findall(r"sha256:[0-9a-f]{12}\.\.\.", tables)
    assert shorts
    assert all(any(digest.startswith(short[:-3]) for digest in whole) for short in shorts)
    assert set(list_cells(tables)) == {5}
    assert set(list_cells(last)) == {3}


@pytest.mark.parametrize("found", LISTS, ids=lambda found: found.name)
def test_every_form_can_have_the_order_of_a_conference(found: Any, run: Path) -> None:  # noqa: ANN401 - pytest's
    """Every number is there in its order, in text, JSON and Markdown."""
    answered = answer_checklist(run, wanted=found.name)
    numbers = [demand.number for demand in found.demands]
    body: Any = answered.to_json()["for"]
    assert [demand["number"] for demand in body["demands"]] == numbers
    heads = [f"{demand.number}: {demand.about}: " for demand in found.demands]
    places = [answered.format_text().index(f"\n\n{head[:60]}") for head in heads]
    assert places == sorted(places)
    rows = [line for line in answered.format_markdown().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[2 : 2 + len(numbers)]] == numbers
    assert found.source in answered.format_markdown()


def test_nothing_gets_out_of_the_forms(run: Path) -> None:
    """Escape sequences, HTML, bars, line breaks and commands of CI systems are text in every form."""
    found = make_hostile(run)
    text, table = found.format_text(), found.format_markdown()
    assert _DANGEROUS.search(NASTY)
    assert not _DANGEROUS.search(text)
    assert not _DANGEROUS.search(table)
    assert "<script" not in table
    assert not re.search(r"(?<!\\)\]\(javascript", table)
    assert set(list_cells(table.partition("**Digests**")[0])) == {5}
    assert json.loads(json.dumps(found.to_json())) is not None


def test_names_of_variables_are_quoted_in_commands(run: Path) -> None:
    """A remedy that a shell runs names a variable as a word, whatever the fingerprint says."""
    item = next(item for item in make_hostile(run).items if item.id == "environment.variables")
    assert item.status == "no"
    assert item.commands[0].startswith("unset '")
    assert "$(id)" in item.commands[0]


def test_unreadable_file_is_named(run: Path) -> None:
    """Items that need a file which is no evidence say no, and why; the others are answered as before."""
    (run / MACHINE_NAME).write_text("{", encoding="utf-8")
    found = {item.id: item for item in answer_checklist(run).items}
    for name in ("determinism.host", "reporting.time"):
        assert found[name].status == "no"
        assert found[name].evidence[0].file == MACHINE_NAME
    assert found["environment.recorded"].status == "yes"
    assert found["artifacts.files"].status == "no"


def test_run_without_checksums_is_no_evidence(run: Path) -> None:
    """Nothing vouches for its files, so that every item that reads one says no."""
    (run / "checksums.sha256").unlink()
    found = answer_checklist(run)
    asked = [item for item in found.items if item.evidence and item.evidence[0].text.startswith("no evidence: ")]
    assert len(asked) > 25
    assert {item.status for item in asked} == {"no"}


def test_run_that_contradicts_itself_is_no_evidence(run: Path) -> None:
    """One part that does not agree puts every file in doubt: the answer would be about another run."""
    change_fingerprint(run, lambda body: body)
    body = json.loads((run / "fingerprint.json").read_text(encoding="utf-8"))
    assert answer_checklist(run).counts["no"] < 15
    body["class"] = "sha256:" + "0" * 64
    (run / "fingerprint.json").write_text(json.dumps(body), encoding="utf-8")
    found = {item.id: item.status for item in answer_checklist(run).items}
    assert found["environment.recorded"] == "no"
