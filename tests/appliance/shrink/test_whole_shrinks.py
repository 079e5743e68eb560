"""Whole searches over packages that the test makes: no network, no package of the user's."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.cli.app import run
from support.tiny_wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ensurepip") is None, reason="no environment can be made without it"),
]

_PROGRAM = "import alpha, beta, gamma\nopen('out.txt', 'w').write({text})\n"


@pytest.fixture
def shrink(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, dict[str, object]]]:
    """Return a function that compares two locks for a program that writes an expression."""
    work, store, scratch = tmp_path / "work", tmp_path / "store", tmp_path / "scratch"
    for folder in (work, store, scratch):
        folder.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    variables = {
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(store), "PIP_CONFIG_FILE": os.devnull,
        "PIP_TARGET": str(tmp_path / "target"), "PIP_USER": "1",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("alpha", "beta", "gamma"):
        for version in ("1", "2"):
            make_wheel(store, name, version)

    def call(text: str, a: str, b: str) -> tuple[int, dict[str, object]]:
        (work / "program.py").write_text(_PROGRAM.format(text=text))
        (work / "a.lock").write_text(a)
        (work / "b.lock").write_text(b)
        code = run(["shrink", "--json", "a.lock", "b.lock", "--", sys.executable, "program.py"])
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        assert sorted(path.name for path in work.iterdir()) == ["a.lock", "b.lock", "program.py"]
        assert not (tmp_path / "target").exists()
        assert list(scratch.iterdir()) == []
        return code, answer

    return call


_A = "alpha==1\nbeta==1\ngamma==1\n"


def _packages(answer: dict[str, object]) -> list[list[str]]:
    causes = answer["causes"]
    assert isinstance(causes, list)
    return [cause["packages"] for cause in causes]


def test_one_package_alone(shrink: Callable[..., tuple[int, dict[str, object]]], tmp_path: Path) -> None:
    """One of three changes the output: both versions are told; hashes, markers and included files; exit code 1.

    Then a file with another hash than the lock's: exit code 3 before anything runs.
    """
    store = tmp_path / "store"
    digests = {name: {v: make_wheel(store, name, v) for v in "12"} for name in ("alpha", "beta", "gamma")}
    locks = [
        "".join(f"{name}=={v} ; python_version > '3' \\\n    --hash={digests[name][v]}\n" for name in digests)
        for v in "12"
    ]
    (tmp_path / "included.txt").write_text(f"# newer\n{locks[1]}")
    code, answer = shrink("beta.VALUE", locks[0], f"-r {tmp_path / 'included.txt'}\n")
    assert (code, answer["schema"], answer["verdict"]) == (1, "repro-appliance/shrink/1", "different")
    assert _packages(answer) == [["beta"]]
    assert str(answer["sentence"]).startswith("beta 1 -> 2 alone changes out.txt: ")
    rows = answer["packages"]
    assert isinstance(rows, list)
    assert {row["name"]: row["status"] for row in rows} == {"alpha": "harmless", "beta": "changes", "gamma": "harmless"}
    make_wheel(store, "gamma", "1", text="VALUE = 'other'\n")
    assert run(["shrink", "a.lock", "b.lock", "--", sys.executable, "program.py"]) == 3


def test_sets_that_cannot_be_installed(shrink: Callable[..., tuple[int, dict[str, object]]], tmp_path: Path) -> None:
    """A package that needs the newer one of another: the pair stays, with pip's reason."""
    make_wheel(tmp_path / "store", "alpha", "2", needs=["beta>=2"])
    make_wheel(tmp_path / "store", "alpha", "1", needs=["beta<2"])
    code, answer = shrink("alpha.VALUE", "alpha==1\nbeta==1\ngamma==1\n", "alpha==2\nbeta==2\ngamma==1\n")
    assert (code, _packages(answer)) == (1, [["alpha", "beta"]])
    refused = answer["not_testable"]
    assert isinstance(refused, list)
    assert any("alpha 2 depends on beta>=2" in row["reason"] for row in refused)
    assert "cannot be tested one without the other" in str(answer["sentence"])


def test_equal_packages_need_no_run(shrink: Callable[..., tuple[int, dict[str, object]]]) -> None:
    """Two locks that give the same packages: exit code 0, without a run."""
    code, answer = shrink("alpha.VALUE", _A, f"{_A}# a comment\n")
    assert (code, answer["verdict"], answer["runs"]) == (0, "identical", 0)
    assert "the same 3 packages" in str(answer["sentence"])


def test_program_that_differs_from_itself(shrink: Callable[..., tuple[int, dict[str, object]]]) -> None:
    """Exit code 3, and no package is blamed."""
    code, answer = shrink("__import__('os').urandom(8).hex()", _A, "alpha==1\nbeta==1\ngamma==2\n")
    assert (code, _packages(answer)) == (3, [])
    assert "differs from itself" in str(answer["sentence"])


def test_wrong_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command, no lock, another interpreter that is not there: exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.lock").write_text(_A)
    assert run(["shrink", "a.lock", "a.lock"]) == 2
    assert run(["shrink", "--python", "no-such-python", "a.lock", "a.lock", "--", sys.executable, "x.py"]) == 2
    assert run(["shrink", "a.lock", "b.lock", "--", sys.executable, "x.py"]) == 2
