"""The architecture: which room may import which, what rooms are called, what no file may name."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from laws import bits, layers, wording

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

_ROOMS = {"verify": ("digests", "files"), "appliance": ("config", "numerics", "data", "training", "cli")}


@pytest.fixture(scope="module")
def rooms(checkout: Path) -> layers.Rooms:
    """Return the rooms that docs/architecture.md lists."""
    return layers.read_rooms((checkout / "docs" / "architecture.md").read_text(encoding="utf-8"))


def test_judge_does_not_import_the_maker(modules: dict[str, str]) -> None:
    """`verify` never imports `appliance`."""
    offences = [line for name, text in modules.items() for line in layers.find_imports_of_maker(name, text)]
    assert not offences, "\n".join(offences)


def test_import_of_the_maker_is_reported() -> None:
    """An import of the maker is reported, also inside a function."""
    assert list(
        layers.find_imports_of_maker("verify.judging.checks", "def f():\n    from appliance.config import schema")
    )
    assert not list(layers.find_imports_of_maker("appliance.cli.app", "import appliance.config"))


def test_imports_point_downwards(modules: dict[str, str], rooms: layers.Rooms) -> None:
    """A room imports only from rooms below it, and every module is in a ranked room."""
    names = frozenset(modules)
    offences = [line for name, text in modules.items() for line in layers.find_upward(name, text, names, rooms)]
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("appliance.data.idx", "from appliance.training import loop"),
        ("appliance.config.schema", "import appliance.streams"),
        ("verify.digests", "def f():\n    from verify.files import goldens"),
        ("appliance.data.idx", "from . import synthetic"),
        ("appliance.attic.box", ""),
    ],
)
def test_upward_import_is_reported(module: str, text: str) -> None:
    """Upward, hidden and relative imports are reported, and so is a room that the table does not list."""
    assert list(
        layers.find_upward(module, text, frozenset({"verify.files.goldens", "appliance.training.loop"}), _ROOMS)
    )


def test_rooms_import_what_their_rows_allow(modules: dict[str, str], checkout: Path) -> None:
    """The column "may import" holds for every room."""
    page = (checkout / "docs" / "architecture.md").read_text(encoding="utf-8")
    names, permissions = frozenset(modules), layers.read_permissions(page)
    offences = [
        line for name, text in modules.items() for line in layers.find_forbidden(name, text, names, permissions)
    ]
    assert not offences, "\n".join(offences)


def test_rows_allow_nothing_that_is_not_used(modules: dict[str, str], checkout: Path) -> None:
    """The table has no permission that no module needs."""
    page = (checkout / "docs" / "architecture.md").read_text(encoding="utf-8")
    names, permissions = frozenset(modules), layers.read_permissions(page)
    unused = []
    for room, allowed in permissions.items():
        for permission in sorted(allowed):
            without = {**permissions, room: allowed - {permission}}
            texts = {name: text for name, text in modules.items() if ".".join(name.split(".")[:2]) == room}
            if not any(list(layers.find_forbidden(name, text, names, without)) for name, text in texts.items()):
                unused.append(f"{room} may import {permission}")
    assert not unused, "\n".join(unused)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("appliance.data.idx", "from appliance.streams import draw_words"),
        ("appliance.data.idx", "def f():\n    import verify.digests"),
        ("verify.files.golden", "from verify import results"),
        ("appliance.data.idx", "import delivery.pins"),
    ],
)
def test_import_without_permission_is_reported(module: str, text: str) -> None:
    """An import from a lower room is an offence where the row does not name it."""
    permissions = {"appliance.data": frozenset({"config"}), "verify.files": frozenset({"digests"})}
    assert list(layers.find_forbidden(module, text, frozenset({"verify.results"}), permissions))
    assert not list(layers.find_forbidden("appliance.data.idx", "import appliance.config", frozenset(), permissions))


def test_no_import_goes_round_in_a_circle(modules: dict[str, str]) -> None:
    """No module imports itself through others."""
    names = frozenset(modules)
    graph = {
        name: frozenset(other for _, other in layers.find_imports(text, names) if other in names and other != name)
        for name, text in modules.items()
    }
    circles = list(layers.find_cycles(graph))
    assert not circles, "\n".join(circles)


def test_circle_is_reported() -> None:
    """Three modules that import each other in a ring are three reports."""
    ring = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"}), "d": frozenset({"a"})}
    assert len(list(layers.find_cycles(ring))) == 3


def test_rooms_have_names_that_say_something(modules: dict[str, str]) -> None:
    """No module has a name that says nothing about its contents."""
    offences = [line for name in modules for line in wording.find_lumber_rooms(name)]
    assert not offences, "\n".join(offences)
    assert list(wording.find_lumber_rooms("appliance.utils"))


def test_modules_say_what_they_are_for(modules: dict[str, str]) -> None:
    """Every module's docstring starts with one sentence about one purpose."""
    offences = [line for name, text in modules.items() for line in wording.find_bad_introduction(name, text)]
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize("text", ["x = 1", '"""Reads files and writes them."""', '"""files"""'])
def test_bad_introduction_is_reported(text: str) -> None:
    """A missing sentence, a fragment and a double purpose are reported."""
    assert list(wording.find_bad_introduction("verify.sample", text))


def _list_project_files(root: Path) -> list[Path]:
    """List what is or may become tracked; without git, everything but hidden directories."""
    if shutil.which("git") and (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [root / name for name in done.stdout.split("\0") if name and (root / name).is_file()]
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(root).parts[:-1])]


def test_no_file_is_tied_to_a_machine(checkout: Path) -> None:
    """No tracked file names a registry's host, an index, or a path of one machine."""
    files = _list_project_files(checkout)
    offences = []
    for path in files:
        text = path.read_bytes().decode("utf-8", errors="replace")
        offences += list(wording.find_forbidden_words(str(path.relative_to(checkout)), text))
    assert checkout / "pyproject.toml" in files
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize(
    "parts",
    [
        ("https://py", "pi.org/simple"),
        ("files.python", "hosted.org"),
        ("http://deb.deb", "ian.org/x"),
        ("registry.npm", "js.org"),
        ("--index", "-url x"),
        ("--find", "-links x"),
        ("cd /work", "/main"),
        ("PATH=/root", "/.local"),
        ("at /home", "/someone"),
    ],
)
def test_tie_to_a_machine_is_reported(parts: tuple[str, str]) -> None:
    """Hosts, index options and machine paths are reported; here they are split, so that this file has none."""
    assert list(wording.find_forbidden_words("sample", "".join(parts)))


def test_modules_that_decide_bits_say_so(modules: dict[str, str], checkout: Path) -> None:
    """The labels in the modules and the list in docs/numerics.md agree."""
    listed = bits.read_listed((checkout / "docs" / "numerics.md").read_text(encoding="utf-8"))
    offences = list(bits.find_mislabelled(modules, listed))
    assert len(listed) > 20
    assert not offences, "\n".join(offences)


def test_wrong_labels_are_reported() -> None:
    """A label without an entry, an entry without a label and an entry without a module are three reports."""
    modules = {"appliance.a": '"""Adds.\n\nPart of bits 2.\n"""', "appliance.b": '"""Adds."""'}
    assert len(list(bits.find_mislabelled(modules, {"appliance.b", "appliance.c"}))) == 3
    assert not list(bits.find_mislabelled(modules, {"appliance.a"}))
