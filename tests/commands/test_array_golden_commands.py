"""`golden list`, `check` and `record` on the goldens of arrays in a project's tests."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.edits import swap
from verify.arrays.leaves import list_leaves
from verify.arrays.samples import describe_leaf
from verify.arrays.worlds import capture_world
from verify.files.array_golden import ARRAY_GOLDEN, ArrayCheck, ArrayGolden
from verify.files.array_store import locate_store, write_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """Write a golden with a stored array, beside its test file; return its path."""
    path = tmp_path / "tests" / "array_goldens" / "test_one.json"
    path.parent.mkdir(parents=True)
    (tmp_path / "tests" / "test_one.py").write_text(
        "import numpy as np\n\ndef test_one(array_golden):\n    array_golden.check({'small': 0.5})\n", encoding="utf-8"
    )
    leaves = list_leaves({"small": [0.5, 0.25], "large": np.arange(100.0)})
    world = capture_world()
    check = ArrayCheck(world=world.name, values={place: describe_leaf(leaf) for place, leaf in leaves.items()})
    path.write_text(
        ARRAY_GOLDEN.format(ArrayGolden(worlds={world.name: world}, tests={"test_one": {"1": check}})), encoding="utf-8"
    )
    large = leaves["['large']"]
    write_store(locate_store(path), {large.digest(): large.array})
    return path


def test_goldens_of_a_directory_are_listed(
    call: Callable[..., int], golden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By file, with test, check and what is kept; a damaged one is a line too."""
    assert call("golden", "list", tmp_path) == 0
    assert capsys.readouterr().out == (
        f"{golden}\n  test_one, check 1: 2 values, numpy {np.__version__}, with stored arrays\n"
    )
    golden.with_name("test_two.json").write_text("{}", encoding="utf-8")
    assert call("golden", "list", tmp_path, "--json") == 0
    value = json.loads(capsys.readouterr().out)
    assert [row["check"] for row in value["checks"]] == ["1"]
    assert [row["problem"] for row in value["problems"]] == ["a golden of arrays has another schema"]


@pytest.mark.parametrize(
    "place", ["tests", "tests/test_one.py", "tests/array_goldens", "tests/array_goldens/test_one.json"]
)
@pytest.mark.usefixtures("golden")
def test_sound_goldens_pass(
    place: str, call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A directory, a test file, the folder of goldens or one of them may be named."""
    assert call("golden", "check", tmp_path / place) == 0
    assert "identical: 1 sound, 0 defects" in capsys.readouterr().out


def test_damaged_goldens_are_found(
    call: Callable[..., int], golden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An edited sample, another stored array, one that no check has, no test file, no golden."""
    text = golden.read_text(encoding="utf-8")
    golden.write_text(swap(text, '"0.25"', '"0.75"'), encoding="utf-8")
    assert call("golden", "check", tmp_path) == 3
    assert "recorded values do not have their digest" in capsys.readouterr().out
    golden.write_text(text, encoding="utf-8")
    store = locate_store(golden)
    sound = store.read_bytes()
    digest = list_leaves(np.arange(100.0))[""].digest()
    write_store(store, {digest: np.zeros(100)})
    assert call("golden", "check", tmp_path) == 3
    assert "a stored array is not the one that was recorded" in capsys.readouterr().out
    write_store(store, {"sha256:" + "1" * 64: np.zeros(100)})
    assert call("golden", "check", tmp_path) == 3
    assert "a stored array belongs to no check" in capsys.readouterr().out
    store.write_bytes(sound)
    (tmp_path / "tests" / "test_one.py").rename(tmp_path / "tests" / "test_two.py")
    assert call("golden", "check", tmp_path) == 3
    assert "a golden of arrays has no test file" in capsys.readouterr().out
    shutil.rmtree(golden.parent)
    assert call("golden", "check", tmp_path) == 3
    assert f"repro-appliance golden record {tmp_path}" in capsys.readouterr().out
    assert call("golden", "check", tmp_path / "absent") == 2


@pytest.mark.process
@pytest.mark.slow
def test_tests_are_recorded_and_run_again(
    call: Callable[..., int],
    tmp_path: Path,
    packages_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A second run confirms what was recorded; a test that differs from itself ends with 1; CI refuses."""
    monkeypatch.setenv("PYTHONPATH", str(packages_root))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    path = tmp_path / "test_one.py"
    path.write_text("def test_one(array_golden):\n    array_golden.check(0.5)\n", encoding="utf-8")
    assert call("golden", "record", path) == 0
    assert "a second run agrees with the goldens" in capsys.readouterr().out
    assert call("golden", "check", tmp_path) == 0
    capsys.readouterr()
    path.write_text(
        "import time\n\ndef test_one(array_golden):\n    array_golden.check(time.time())\n", encoding="utf-8"
    )
    assert call("golden", "record", f"{path}::test_one", "--json") == 1
    value = json.loads(capsys.readouterr().out)
    assert value["verdict"] == "different"
    assert "it differs from itself" in value["output"]
    assert call("golden", "record", f"{path}::test_two") == 3
    assert "not found" in capsys.readouterr().err
    monkeypatch.setenv("CI", "1")
    assert call("golden", "record", path) == 2
