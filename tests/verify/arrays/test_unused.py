"""Goldens that no test uses: found where this session can tell, kept where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.edits import swap
from support.golden_project import TEST, read

if TYPE_CHECKING:
    from support.golden_project import Run

pytest_plugins = ["pytester"]


def test_unused_goldens_fail(golden_project: pytest.Pytester, run_pytest: Run) -> None:
    """A check that a passed test no longer makes, and a test that is gone; an update removes both."""
    text = swap(swap(TEST, '    array_golden.check(np.float32(0.5), name="rate")\n', ""), "[1, 2]", "[1]")
    golden_project.makepyfile(test_one=text)
    result = run_pytest()
    assert (result.ret, result.parseoutcomes()) == (1, {"passed": 2})
    result.stdout.fnmatch_lines(
        [
            "2 goldens are unused:",
            "  test_one.json: test_one, check rate: the test passed without it",
            "  test_one.json: test_sizes[[]2[]], check 1: there is no such test",
        ]
    )
    update = run_pytest("--golden-update")
    assert update.ret == 1
    update.stdout.fnmatch_lines(["0 checks recorded, 2 unused goldens removed; written:"])
    assert run_pytest().ret == 0
    assert list(read(golden_project)["tests"]) == ["test_one", "test_sizes[1]"]


@pytest.mark.parametrize(
    "words",
    [("-k", "test_one"), ("--deselect", "test_one.py::test_sizes"), ("test_one.py::test_one",), ("--collect-only",)],
    ids=" ".join,
)
def test_tests_that_were_not_chosen_keep_their_goldens(
    words: tuple[str, ...], golden_project: pytest.Pytester, run_pytest: Run
) -> None:
    """A part of the tests says nothing about the others, and an update leaves their goldens alone."""
    before = read(golden_project)
    assert run_pytest(*words).ret == 0
    assert run_pytest("--golden-update", *words).ret == 0
    assert read(golden_project) == before


def test_tests_that_failed_or_were_skipped_keep_their_goldens(golden_project: pytest.Pytester, run_pytest: Run) -> None:
    """They may use them the next time; what a failed test gave is not recorded."""
    text = swap(TEST, "def test_one(array_golden):", "def test_one(array_golden):\n    assert False")
    text = swap(text, "def test_sizes(array_golden, size):", "def test_sizes(array_golden, size):\n    pytest.skip()")
    golden_project.makepyfile(test_one=text)
    before = read(golden_project)
    result = run_pytest("--golden-update")
    result.assert_outcomes(failed=1, skipped=2)
    assert "unused" not in result.stdout.str()
    assert read(golden_project) == before
    late = swap(TEST, 'name="rate")', 'name="rate")\n    assert FACTOR == 1')
    golden_project.makepyfile(test_one=late)
    run_pytest("--golden-update", FACTOR="3").assert_outcomes(failed=1, passed=2)
    assert read(golden_project) == before


def test_golden_of_a_test_file_that_is_gone_is_unused(golden_project: pytest.Pytester, run_pytest: Run) -> None:
    """The directory was collected as a whole, so the file is known to be gone; one named file says nothing."""
    (golden_project.path / "test_one.py").rename(golden_project.path / "test_two.py")
    golden_project.makepyfile(test_three="def test_three(array_golden):\n    array_golden.check(1)")
    run_pytest("--golden-update", "test_three.py")
    assert (golden_project.path / "array_goldens" / "test_one.json").exists()
    assert "there is no test_one.py" in run_pytest(str(golden_project.path), "--ignore=test_two.py").stdout.str()
    assert run_pytest("test_three.py").ret == 0
    run_pytest("--golden-update", str(golden_project.path))
    assert sorted(path.name for path in (golden_project.path / "array_goldens").iterdir()) == [
        "test_three.json",
        "test_two.json",
    ]


@pytest.mark.parametrize(
    "text", ["", "def helper():\n    pass", "class TestOne:\n    pass"], ids=["empty", "function", "class"]
)
def test_golden_of_a_test_file_without_tests_is_unused(
    text: str, golden_project: pytest.Pytester, run_pytest: Run
) -> None:
    """The file was collected as a whole and has no test left, alone or beside others; an update removes the golden."""
    golden_project.makepyfile(test_one=text, test_other="def test_other():\n    pass")
    result = run_pytest()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["4 goldens are unused:", "*test_one.json: test_one, check 1: there is no such test"])
    assert run_pytest("-k", "test_other").ret == 1
    assert run_pytest("test_other.py").ret == 0
    alone = run_pytest("test_one.py")
    assert alone.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    alone.stdout.fnmatch_lines(["4 goldens are unused:"])
    assert run_pytest("--golden-update").ret == 1
    assert not (golden_project.path / "array_goldens").exists()
    assert run_pytest().ret == 0


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\npytest.skip('not here', allow_module_level=True)",
        "import pytest\npytest.importorskip('a_module_that_nobody_has')",
        "raise RuntimeError('broken')",
        "import pytest\n\nclass TestOne:\n    @pytest.mark.parametrize('x', [1])\n    def test_x(self):\n        pass",
    ],
    ids=["skipped", "lacks a module", "broken", "broken class"],
)
def test_golden_of_a_test_file_that_was_not_read_is_kept(
    text: str, golden_project: pytest.Pytester, run_pytest: Run
) -> None:
    """A file that was skipped or is broken says nothing about its tests, also in an update."""
    golden_project.makepyfile(test_one=text, test_other="def test_other():\n    pass")
    before = read(golden_project)
    for words in ((), ("--golden-update",)):
        result = run_pytest("--continue-on-collection-errors", *words)
        assert "unused" not in result.stdout.str()
        assert read(golden_project) == before


def test_golden_in_a_folder_without_tests_that_use_goldens(golden_project: pytest.Pytester, run_pytest: Run) -> None:
    """The last test file with goldens is gone; the directory is still looked at, and only as a whole."""
    (golden_project.path / "test_one.py").unlink()
    golden_project.makepyfile(test_other="def test_other():\n    pass")
    result = run_pytest()
    assert result.ret == 1
    assert "there is no test_one.py" in result.stdout.str()
    assert run_pytest("test_other.py").ret == 0
    assert run_pytest("--lf").ret == 0
