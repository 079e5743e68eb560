"""The pytest plugin in small projects: what is written, what is red, and what the user is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from verify.files.array_golden import read_array_golden
from verify.files.array_store import list_stored, write_store

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

pytest_plugins = ["pytester"]

_TEST = """
import os
import numpy as np
import pytest

FACTOR = float(os.environ.get("FACTOR", "1"))

def test_one(array_golden):
    array_golden.check({"loss": 0.25, "weights": np.arange(200.0) * FACTOR})
    array_golden.check(np.float32(0.5), name="rate")

@pytest.mark.parametrize("size", [1, 2])
def test_sizes(array_golden, size):
    array_golden.check(np.zeros(size))
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs pytest in the small project; without fresh processes unless it is told so."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def start(*words: str, reruns: bool = False, **variables: str) -> pytest.RunResult:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            quick = () if reruns else ("-o", "golden_rerun_seconds=0")
            return pytester.runpytest_inprocess("-p", "repro_appliance_pytest", *quick, *words)

    return start


@pytest.fixture
def project(pytester: pytest.Pytester, run: Run) -> pytest.Pytester:
    """Return a small project with recorded goldens."""
    pytester.makepyfile(test_one=_TEST)
    assert run("--golden-update").ret == 1
    return pytester


def read(project: pytest.Pytester) -> dict[str, Any]:
    """Return the golden as a JSON value."""
    return dict(json.loads((project.path / "array_goldens" / "test_one.json").read_text(encoding="utf-8")))


def test_missing_golden_fails(pytester: pytest.Pytester, run: Run) -> None:
    """Without a golden nothing passes and nothing is written."""
    pytester.makepyfile(test_one=_TEST)
    result = run()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        ["*there is no golden for these arrays", "*pytest test_one.py::test_one --golden-update"]
    )
    assert not (pytester.path / "array_goldens").exists()


def test_update_writes_and_is_red(pytester: pytest.Pytester, run: Run) -> None:
    """The run that writes fails, though each test passes; the next one is green and writes nothing."""
    pytester.makepyfile(test_one=_TEST)
    result = run("--golden-update")
    assert (result.ret, result.parseoutcomes()) == (1, {"passed": 3})
    result.stdout.fnmatch_lines(["4 checks recorded; written:", "*again without --golden-update."])
    before = (pytester.path / "array_goldens" / "test_one.json").read_bytes()
    assert run().ret == 0
    again = run("--golden-update")
    again.stdout.fnmatch_lines(["nothing to write*"])
    assert again.ret == 0
    assert (pytester.path / "array_goldens" / "test_one.json").read_bytes() == before
    assert [path.name for path in (pytester.path / "array_goldens").iterdir()] == ["test_one.json"]


@pytest.mark.usefixtures("project")
def test_difference_fails(run: Run) -> None:
    """Other bits fail, and the message says where."""
    result = run(FACTOR="1.5")
    result.assert_outcomes(failed=1, passed=2)
    text = " ".join(line.lstrip("E ") for line in result.outlines)
    assert "arrays differ from their golden" in text
    assert "31 of 32 samples differ" in text
    assert "only digests and samples are stored" in text
    assert "it was not run again" in text


def test_stored_values_explain(project: pytest.Pytester, run: Run) -> None:
    """With --golden-values, large arrays are in an npz file, and the first element that differs is named."""
    assert run("--golden-update", "--golden-values").ret == 1
    store = project.path / "array_goldens" / "test_one.npz"
    assert list_stored(store) == [read(project)["tests"]["test_one"]["1"]["values"]["['weights']"]["digest"]]
    with np.load(store, allow_pickle=False) as archive:
        assert [archive[name].shape for name in archive.files] == [(200,)]
    text = " ".join(line.lstrip("E ") for line in run(FACTOR="1.5").outlines)
    assert "first at [1]: expected 1.0, found 1.5" in text
    assert "199 of 200 elements differ" in text
    # What is recorded later keeps its values too, and the old values go.
    assert run("--golden-update", FACTOR="2").ret == 1
    assert list_stored(store) == [read(project)["tests"]["test_one"]["1"]["values"]["['weights']"]["digest"]]


def test_changed_values_are_not_believed(project: pytest.Pytester, run: Run) -> None:
    """An array in the npz file that does not have the digest of its name is an error, not an explanation."""
    run("--golden-update", "--golden-values")
    store = project.path / "array_goldens" / "test_one.npz"
    data = bytearray(store.read_bytes())
    place = data.find(np.arange(3.0, 6.0).tobytes())
    data[place] ^= 1
    store.write_bytes(data)
    assert "cannot be read" in " ".join(run(FACTOR="1.5").outlines)
    digest = read(project)["tests"]["test_one"]["1"]["values"]["['weights']"]["digest"]
    write_store(store, {digest: np.arange(200.0) + 1})
    assert "a stored array is not the one that was recorded" in run(FACTOR="1.5").stdout.str()


def test_nothing_is_written_in_continuous_integration(pytester: pytest.Pytester, run: Run) -> None:
    """With CI set, --golden-update is an error before any test."""
    pytester.makepyfile(test_one=_TEST)
    result = run("--golden-update", CI="true")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "never written in continuous integration" in "\n".join([*result.outlines, *result.errlines])
    assert not (pytester.path / "array_goldens").exists()


def test_unused_goldens_fail(project: pytest.Pytester, run: Run) -> None:
    """A check that a passed test no longer makes, and a test that is gone; an update removes both."""
    text = _TEST.replace('    array_golden.check(np.float32(0.5), name="rate")\n', "").replace("[1, 2]", "[1]")
    project.makepyfile(test_one=text)
    result = run()
    assert (result.ret, result.parseoutcomes()) == (1, {"passed": 2})
    result.stdout.fnmatch_lines(
        [
            "2 goldens are unused:",
            "  test_one.json: test_one, check rate: the test passed without it",
            "  test_one.json: test_sizes[[]2[]], check 1: there is no such test",
        ]
    )
    assert run("--golden-update").ret == 1
    assert run().ret == 0
    assert list(read(project)["tests"]) == ["test_one", "test_sizes[1]"]


@pytest.mark.parametrize(
    "words",
    [("-k", "test_one"), ("--deselect", "test_one.py::test_sizes"), ("test_one.py::test_one",), ("--collect-only",)],
    ids=" ".join,
)
def test_tests_that_were_not_chosen_keep_their_goldens(
    words: tuple[str, ...], project: pytest.Pytester, run: Run
) -> None:
    """A part of the tests says nothing about the others, and an update leaves their goldens alone."""
    before = read(project)
    assert run(*words).ret == 0
    assert run("--golden-update", *words).ret == 0
    assert read(project) == before


def test_tests_that_failed_or_were_skipped_keep_their_goldens(project: pytest.Pytester, run: Run) -> None:
    """They may use them the next time; what a failed test gave is not recorded."""
    text = _TEST.replace("def test_one(array_golden):", "def test_one(array_golden):\n    assert False")
    text = text.replace("def test_sizes(array_golden, size):", "def test_sizes(array_golden, size):\n    pytest.skip()")
    project.makepyfile(test_one=text)
    before = read(project)
    result = run("--golden-update")
    result.assert_outcomes(failed=1, skipped=2)
    assert "unused" not in result.stdout.str()
    assert read(project) == before
    late = _TEST.replace('name="rate")', 'name="rate")\n    assert FACTOR == 1')
    project.makepyfile(test_one=late)
    run("--golden-update", FACTOR="3").assert_outcomes(failed=1, passed=2)
    assert read(project) == before


def test_golden_of_a_test_file_that_is_gone_is_unused(project: pytest.Pytester, run: Run) -> None:
    """The directory was collected as a whole, so the file is known to be gone; one named file says nothing."""
    (project.path / "test_one.py").rename(project.path / "test_two.py")
    project.makepyfile(test_three="def test_three(array_golden):\n    array_golden.check(1)")
    run("--golden-update", "test_three.py")
    assert (project.path / "array_goldens" / "test_one.json").exists()
    assert "there is no test_one.py" in run(str(project.path), "--ignore=test_two.py").stdout.str()
    assert run("test_three.py").ret == 0
    run("--golden-update", str(project.path))
    assert sorted(path.name for path in (project.path / "array_goldens").iterdir()) == [
        "test_three.json",
        "test_two.json",
    ]


def test_tolerance_is_shown_and_needs_a_reason(pytester: pytest.Pytester, run: Run) -> None:
    """Its values are kept; what is close is listed, what is farther fails; no reason is an error."""
    text = _TEST.replace("* FACTOR})", '* FACTOR}, ulp=2, reason="the sine of this libm")')
    pytester.makepyfile(test_one=text)
    assert run("--golden-update").ret == 1
    assert (pytester.path / "array_goldens" / "test_one.npz").exists()
    line = "  test_one.py::test_one, check 1: {}; ulp=2"
    equal, close = run(), run(FACTOR="1.0000000000000002")
    assert (equal.ret, close.ret) == (0, 0)
    equal.stdout.fnmatch_lines(
        ["1 checks have a tolerance:", line.format("equal bits"), "    because: the sine of this libm"]
    )
    close.stdout.fnmatch_lines([line.format("close, not equal")])
    far = run(FACTOR="1.5")
    assert far.ret == 1
    far.stdout.fnmatch_lines([line.format("beyond the tolerance")])
    pytester.makepyfile(test_one=text.replace("the sine of this libm", ""))
    assert "a tolerance has no reason" in run().stdout.str()


def test_errors_of_the_caller_are_plain(pytester: pytest.Pytester, run: Run) -> None:
    """A value without bits and a name used twice are errors that show the line of the test."""
    pytester.makepyfile(
        "def test_value(array_golden):\n    array_golden.check({'x': object()})\n"
        "def test_name(array_golden):\n    array_golden.check(1, name='a')\n    array_golden.check(1, name='a')\n"
    )
    text = run("--golden-update").stdout.str()
    assert "a value of this kind has no bits to compare" in text
    assert "['x']" in text
    assert "a test has two checks of one name" in text
    assert "checking.py" not in text


@pytest.mark.parametrize("damage", ["", "{}", '{"schema": "repro-appliance/array-golden/1"}', "[" * 100])
def test_damaged_golden_fails(damage: str, project: pytest.Pytester, run: Run) -> None:
    """A golden that cannot be read judges nothing, and is not replaced."""
    path = project.path / "array_goldens" / "test_one.json"
    path.write_text(damage, encoding="utf-8")
    assert run().ret == 1
    result = run("--golden-update")
    result.assert_outcomes(failed=3)
    assert path.read_text(encoding="utf-8") == damage


def test_edited_golden_is_noticed(project: pytest.Pytester) -> None:
    """A world that was changed by hand is found when the file is read."""
    value = read(project)
    world = next(iter(value["worlds"].values()))
    world["compared"]["numpy.version"] = "0.1"
    path = project.path / "array_goldens" / "test_one.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(Exception, match="a world in a golden of arrays was changed"):
        read_array_golden(path)


def test_sessions_without_the_fixture_are_left_alone(pytester: pytest.Pytester, run: Run) -> None:
    """Nothing is printed, and no golden is looked for."""
    pytester.makepyfile("def test_nothing():\n    pass")
    result = run()
    assert result.ret == 0
    assert "golden" not in result.stdout.str()
