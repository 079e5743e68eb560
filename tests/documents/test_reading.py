"""Pages are read strictly; commands in them are found, written out, filled in; a misspelt one is a mistake."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import attrs
import pytest

from documents.commands import Command, find_command, read_commands, split_comment, write_out
from documents.comparing import find_missing, hide_numbers
from documents.exceptions import Elsewhere, find_offences, read_exceptions
from documents.following import list_span_commands
from documents.markdown import list_pages, read_page
from documents.parsing import ROOT, find_mistakes, find_name, lacks_arguments, list_verbs
from documents.placeholders import MISSING, complete, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.checkout

PAGE = """# Page

Write `a.py`:

```python
x = 1
```

Run it, as `a.py` does:

```console
$ python a.py \\
    --twice    # exit code 3: not yet
one
two
$ repro-appliance verify RUN
identical ...
```

```sh
# First
make lint     # style

repro-appliance diff A B  # exit code 1
```

`verify smoke`, `train`, `OPENBLAS_CORETYPE=Haswell repro-appliance verify`, `diff
--json`, `other thing`.

| command |
| --- |
| `golden list\\|check --goldens DIR` |
"""


def list_commands() -> Iterator[Command]:
    """Yield the commands of the page."""
    page = read_page("page.md", PAGE)
    for block in page.blocks:
        if block.language in {"sh", "console"}:
            yield from read_commands(page, block)


def test_a_page_is_read_block_by_block() -> None:
    """Languages and files; commands with line, exit code and output."""
    page = read_page("page.md", PAGE)
    assert [(block.language, block.name) for block in page.blocks] == [
        ("python", "a.py"),
        ("console", None),
        ("sh", None),
    ]
    assert list(list_commands()) == [
        Command("page.md", 12, "python a.py --twice", 3, ("one", "two")),
        Command("page.md", 16, "repro-appliance verify RUN", 0, ("identical ...",)),
        Command("page.md", 22, "make lint", 0),
        Command("page.md", 24, "repro-appliance diff A B", 1),
    ]


def test_commands_in_running_text_are_found() -> None:
    """Also over the end of a line and in a table; a verb alone is a name; what is only mentioned is made whole."""
    assert [command.words for command in list_span_commands(read_page("page.md", PAGE))] == [
        "repro-appliance verify smoke",
        "OPENBLAS_CORETYPE=Haswell repro-appliance verify",
        "repro-appliance diff --json runs/a runs/b",
        "repro-appliance golden list --goldens goldens",
        "repro-appliance golden check --goldens goldens",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\n\n    b\n", "this block is indented"),
        ("```\nb\n```\n", "does not say its language"),
        ("```sh\nb\n", "has no end"),
    ],
)
def test_a_block_without_fences_is_refused(text: str, words: str) -> None:
    """Negative control: what the tests could overlook."""
    with pytest.raises(ValueError, match=words):
        read_page("page.md", text)


@pytest.mark.parametrize(
    "line",
    [
        "repro-appliance verfy smoke",
        "repro-appliance verify smoke --junitt x.xml",
        "repro-appliance golden chek",
        "mkdir x && OPENBLAS_CORETYPE=Haswell repro-appliance train smoke --sead 1",
        "docker run --rm -v .:/work repro-appliance train --confg mine.toml",
        "docker rnu repro-appliance verify",
        "mpiexec -n 4 repro-appliance train --confg smoke",
        "nix run .#train -- --confg baseline",
        "nix run .#nothing",
        "make lnit",
        "python -m apliance verify",
        "python -m appliance verify --al",
        "pip install 'repro-appliance[tourch]'",
        "repor-appliance verify",
    ],
)
def test_a_misspelt_command_is_a_mistake(line: str) -> None:
    """Negative control: a verb, an option, a target, a module, an extra, an app, a program."""
    assert len(find_mistakes(line)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "repro-appliance verify smoke --junit x.xml >out.txt; echo done",
        "docker run --rm -v .:/work repro-appliance train --config mine.toml",
        "nix run .#train -- --config baseline",
        "make test ARGS='-k x'",
        "pip install 'repro-appliance[torch]'",
        "repro-appliance diff traces/*",
    ],
)
def test_a_right_command_is_none(line: str) -> None:
    """The same, spelt as they should be."""
    assert find_mistakes(line) == []


def test_a_wrong_line_is_missing() -> None:
    """Negative control: another digest, another order, a line that is not printed; not another time or date."""
    printed = "equal\n  run sha256:6743c6f20895...\n  0.44 s, 55,448 examples/s\nwritten 2026-11-26\n"
    assert (
        find_missing(["equal", "  run sha256:6743...", "  0.50 s, 1 examples/s", "written 2020-01-01"], printed) is None
    )
    assert find_missing(["equal", "...", "written ..."], printed) is None
    assert find_missing(["  run sha256:6744c6f20895..."], printed) == "  run sha256:6744c6f20895..."
    assert find_missing(["written 2026-11-26", "equal"], printed) == "equal"
    assert find_missing(["equal", "note"], printed, "note\n") is None
    assert find_missing(["equ"], printed) == "equ"
    assert hide_numbers("at -0.019 (-0x1.44e06p-6), 12 ulp, 64f9ddfd9a97d568") == "at # (#), # ulp, #"


def test_words_are_written_out_and_filled_in() -> None:
    """Alternatives, optional words, words for something else; a comment in quotation marks is none."""
    assert write_out("verify [NAME...] [--all]") == ["verify", "verify --all", "verify NAME", "verify NAME --all"]
    assert write_out("train --trace epoch|step") == ["train --trace epoch", "train --trace step"]
    assert fill("golden record NAME", "golden record") == "golden record mine.toml"
    assert fill("diff A B/NAMES A.b --N=N", "diff") == "diff runs/a runs/b/NAMES A.b --N=N"
    assert split_comment('echo "# a" >> b    # exit code 1') == ('echo "# a" >> b', "exit code 1")
    assert find_name("docker run x repro-appliance golden record y") == "golden record"
    assert lacks_arguments("repro-appliance train --json")
    assert not lacks_arguments("repro-appliance train --json smoke")
    assert complete("repro-appliance vary --json -- python x", "") == "repro-appliance vary --json -- python x"
    assert find_command("data error", list_verbs()) is None
    assert {name.split()[0] for name in MISSING} <= list_verbs()


def list_lines() -> set[str]:
    """Return every command of every page."""
    pages = [read_page(str(path), (ROOT / path).read_text(encoding="utf-8")) for path in list_pages(ROOT)]
    blocks = [(page, block) for page in pages for block in page.blocks if block.language in {"sh", "console"}]
    lines = {command.words for page, block in blocks for command in read_commands(page, block)}
    return lines | {command.words for page in pages for command in list_span_commands(page)}


def test_every_exception_is_needed_and_true() -> None:
    """Each matches a command of a page, and what is said to run it does."""
    lines, exceptions = list_lines(), read_exceptions()
    assert len(lines) > 100
    patterns = [words for one in exceptions.elsewhere for words in one.words]
    patterns += [words for one in (*exceptions.long, *exceptions.machine) for words in one.words]
    assert [words for words in patterns if not any(fnmatchcase(line, words) for line in lines)] == []
    assert [one.words for one in exceptions.shorter if one.words not in lines] == []
    assert [one.words for one in exceptions.ends if one.words not in lines] == []
    assert [offence for one in exceptions.elsewhere for offence in find_offences(one, ROOT)] == []


def test_an_untrue_exception_is_reported() -> None:
    """Negative control: a target, a step, a test, a file and words that are not there."""
    entry = Elsewhere(("x",), "why", "make workers", "tests/commands/test_mpi_prove.py", "prove")
    assert list(find_offences(entry, ROOT)) == []
    wrong = [
        {"by": "make nothing"},
        {"by": "make lint"},
        {"by": "step: nothing"},
        {"by": "somebody"},
        {"has": "noth" + "ing"},
    ]
    wrong.append({"file": "tests/nothing.py"})
    for change in wrong:
        assert list(find_offences(Elsewhere(**{**attrs.asdict(entry), **change}), ROOT))
