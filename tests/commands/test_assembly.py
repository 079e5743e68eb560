"""The command line as a whole: one file a command, short bodies, options defined once, one printer."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated, get_args, get_type_hints

import attrs
import click
import pytest
import typer

from appliance.cli.app import app
from appliance.cli.command import command
from appliance.cli.examples import EXAMPLES
from appliance.cli.guide import GROUPS
from appliance.cli.later import Later
from appliance.cli.options.several_groups import RunOptions, ThreadsOption
from verify.files.schemas import ANSWERS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLI = "appliance.cli."
_OPTIONS = f"{_CLI}options"
# A configuration and a fleet are TOML; ids of streams and seeds are hashed; probes and states stay inside.
_NO_ANSWERS = {
    f"repro-appliance/{name}/1" for name in ("config", "fleet", "hash-probe", "onnx", "seed", "stream", "vary-state")
}
_LONGEST = 15  # lines of a command's body


def list_commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name."""
    for name, found in group.commands.items():
        if isinstance(found, click.Group):
            yield from ((f"{name} {below}", other) for below, other in list_commands(found))
        else:
            yield name, found


def get_commands() -> dict[str, click.Command]:
    """Return every command of the program by name."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    return dict(list_commands(group))


def find_bodies(text: str) -> Iterator[tuple[str, int]]:
    """Yield name and number of lines of each command's body, without docstring."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(one) for one in node.decorator_list):
            first, last = node.body[1 if ast.get_docstring(node) else 0], node.body[-1]
            yield node.name, (last.end_lineno or 0) - first.lineno + 1


def find_late_imports(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and module of what is imported for type checkers, then of what is imported later."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            if not node.orelse:
                continue
            for found in ast.walk(node):
                if isinstance(found, ast.Constant) and isinstance(found.value, str):
                    yield "later", found.value
            for statement in node.body:
                if isinstance(statement, ast.Import):
                    yield from (("typed", alias.name) for alias in statement.names)
                if isinstance(statement, ast.ImportFrom):
                    yield from (("typed", f"{statement.module}.{alias.name}") for alias in statement.names)


def find_prints(text: str) -> Iterator[int]:
    """Yield the lines that print or write to a standard stream."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and re.match(
            r"print$|sys\.__?std(out|err)|sys\.std(out|err)", ast.unparse(node.func)
        ):
            yield node.lineno


def test_every_command_has_a_file_of_its_name(modules: dict[str, str]) -> None:
    """A command, or a group of commands, is in the module that is named after it."""
    names = {name.partition(" ")[0] for name in get_commands()}
    assert names == {
        "train",
        "benchmark",
        "verify",
        "certify",
        "checklist",
        "fingerprint",
        "fleet",
        "agree",
        "diff",
        "golden",
        "predict",
        "report",
        "runs",
        "export",
        "data",
        "config",
        "trace",
        "vary",
        "run",
        "shrink",
        "why",
        "prove",
    }
    assert [name for name in names if _CLI + name not in modules] == []


def test_every_command_has_examples_and_a_place() -> None:
    """Each has examples in `examples.py`, and one line in a group of `guide.py`; nothing else is listed there."""
    assert sorted(EXAMPLES) == sorted(["", *get_commands()])
    assert all(EXAMPLES.values())
    listed = [name for _, rows in GROUPS for name, _ in rows]
    assert sorted(listed) == sorted({name.partition(" ")[0] for name in get_commands()})


def test_every_answer_has_a_schema(modules: dict[str, str]) -> None:
    """An id of the form repro-appliance/NAME/1 has a JSON Schema in docs/schema; a few are of something else."""
    found = {name for text in modules.values() for name in re.findall(r'"(repro-appliance/[a-z-]+/\d+)"', text)}
    known = {kind.schema for kind in {**KINDS, **ANSWERS}.values()}
    assert found - known == _NO_ANSWERS
    assert known - found == set()


def test_bodies_are_short(modules: dict[str, str]) -> None:
    """Parse, one call, print, exit code: no body is longer than 15 lines."""
    bodies = [found for name, text in modules.items() if name.startswith(_CLI) for found in find_bodies(text)]
    assert len(bodies) == len(get_commands())
    assert [body for body in bodies if body[1] > _LONGEST] == []


def test_long_body_is_reported() -> None:
    """Negative control: a body of 16 lines is reported; its docstring and its signature do not count."""
    text = '@command(launch=True)\ndef f(\n    a: int,\n) -> int:\n    """One."""\n' + "    pass\n" * 16
    assert list(find_bodies(text)) == [("f", 16)]


def test_options_are_spelled_once(modules: dict[str, str]) -> None:
    """A name such as "--threads" is declared in one place; the samples' own seed is another option."""
    options = {name: text for name, text in modules.items() if name.startswith(_OPTIONS)}
    declared = re.findall(r'Option\(\s*"(--[a-z-]+)"', "".join(options.values()))
    assert len(declared) > 25
    # --config is required by one command only; --seed is the training's or the samples'; --from, files or a name;
    # --trace has a level or none; --axes are those of a comparison, too; --profile of `vary` has one more; --strict
    # asks for settings that hold, or for answers.
    repeated = {name for name in declared if declared.count(name) > 1}
    assert repeated == {"--axes", "--config", "--from", "--profile", "--seed", "--strict", "--trace"}
    others = {name: text for name, text in modules.items() if name.startswith(_CLI) and name not in options}
    assert [name for name, text in others.items() if "Option(" in text] == []


def test_late_imports_say_the_same_as_the_typed_ones(modules: dict[str, str]) -> None:
    """What a type checker sees is what is loaded."""
    found = {name: set(find_late_imports(text)) for name, text in modules.items() if name.startswith(_CLI)}
    pairs = {
        name: ({m for k, m in rows if k == "typed"}, {m for k, m in rows if k == "later"})
        for name, rows in found.items()
    }
    assert len([name for name, (typed, _) in pairs.items() if typed]) > 8
    assert {name: later - typed for name, (typed, later) in pairs.items() if not later <= typed} == {}


def test_other_late_import_is_reported() -> None:
    """Negative control: a name that is typed as one module and loaded from another is reported."""
    text = "if TYPE_CHECKING:\n    from a import b\nelse:\n    b = Later('a.c')"
    assert set(find_late_imports(text)) == {("typed", "a.b"), ("later", "a.c")}


def test_only_the_printer_prints(modules: dict[str, str]) -> None:
    """Nothing else writes to a standard stream, except programs of their own."""
    printers = (
        "appliance.cli.printing",
        "appliance.__main__",
        "verify.command",
        "verify.startup.program",
        "verify.tracing.startup",
        "verify.rendering.reference",
        "appliance.config.reference",
        "appliance.peers.run_torch",
        "appliance.why.counterpart",
        "appliance.why.operation",
        "appliance.why.summation",
    )
    offences = [
        f"{name}:{line}" for name, text in modules.items() if name not in printers for line in find_prints(text)
    ]
    assert offences == []


@pytest.mark.parametrize("text", ["print(1)", "import sys\nsys.stdout.write('a')", "sys.stderr.write('b')"])
def test_print_is_reported(text: str) -> None:
    """Negative control: a print and a direct write are reported."""
    assert list(find_prints(text))


@pytest.mark.process
def test_no_help_loads_numpy() -> None:
    """The help of every command comes before NumPy is loaded."""
    program = (
        "import sys, contextlib, io\nfrom appliance.cli.app import run\nfor line in sys.argv[1:]:\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as shown:\n"
        "        assert run([*line.split(), '--help']) == 0\n    assert 'Usage' in shown.getvalue()\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, *get_commands()], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_later_module_is_loaded_at_the_first_use() -> None:
    """The name of the module is all that is needed until then."""
    missing = Later("no.such.module")
    assert Later("decimal").Decimal("1") == 1
    with pytest.raises(ModuleNotFoundError):
        _ = missing.anything


def test_group_of_options_becomes_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """The body gets one value; typer sees the options, their defaults, and their help."""
    prepared: list[tuple[str, int]] = []
    monkeypatch.setattr("appliance.launch.restart.ensure_environment", lambda *given: prepared.append(given))
    seen: list[RunOptions] = []

    @command(launch=True)
    def body(*, run: RunOptions) -> int:
        seen.append(run)
        return 4

    assert body(profile="native", threads=3, data_dir=None, as_json=True) == 4
    assert seen == [RunOptions(profile="native", threads=3, as_json=True)]
    assert prepared == [("native", 3)]
    found = get_type_hints(body, include_extras=True)
    assert list(found) == [field.name for field in attrs.fields(RunOptions)]
    assert get_args(found["threads"]) == get_args(ThreadsOption)
    assert get_args(Annotated[int, 1])[0] is get_args(found["threads"])[0]


def test_unknown_profile_is_refused_before_the_launch() -> None:
    """--profile is checked before anything is restarted."""

    @command(launch=True)
    def body(*, run: RunOptions) -> int:
        raise AssertionError(run)

    with pytest.raises(click.UsageError, match="--profile"):
        body(profile="quick", threads=1, data_dir=None, as_json=False)
