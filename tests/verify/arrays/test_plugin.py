"""The pytest plugin in small projects: what is written, what is red, and what the user is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.edits import swap
from support.golden_project import TEST, read
from verify.files.array_golden import read_array_golden
from verify.files.array_store import list_stored, write_store

if TYPE_CHECKING:
    from support.golden_project import Run

pytest_plugins = ["pytester"]


def test_missing_golden_fails(pytester: pytest.Pytester, run_pytest: Run) -> None:
    """Without a golden nothing passes and nothing is written."""
    pytester.makepyfile(test_one=TEST)
    result = run_pytest()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        ["*there is no golden for these arrays", "*pytest test_one.py::test_one --golden-update"]
    )
    assert not (pytester.path / "array_goldens").exists()


def test_update_writes_and_is_red(pytester: pytest.Pytester, run_pytest: Run) -> None:
    """The run that writes fails, though each test passes; the next one is green and writes nothing."""
    pytester.makepyfile(test_one=TEST)
    result = run_pytest("--golden-update")
    assert (result.ret, result.parseoutcomes()) == (1, {"passed": 3})
    result.stdout.fnmatch_lines(["4 checks recorded; written:", "*again without --golden-update."])
    before = (pytester.path / "array_goldens" / "test_one.json").read_bytes()
    assert run_pytest().ret == 0
    again = run_pytest("--golden-update")
    again.stdout.fnmatch_lines(["nothing to write*"])
    assert again.ret == 0
    assert (pytester.path / "array_goldens" / "test_one.json").read_bytes() == before
    assert [path.name for path in (pytester.path / "array_goldens").iterdir()] == ["test_one.json"]


@pytest.mark.usefixtures("golden_project")
def test_difference_fails(run_pytest: Run) -> None:
    """Other bits fail, and the message says where."""
    result = run_pytest(FACTOR="1.5")
    result.assert_outcomes(failed=1, passed=2)
    text = " ".join(line.lstrip("E ") for line in result.outlines)
    assert "arrays differ from their golden" in text
    assert "31 of 32 samples differ" in text
    assert "only digests and samples are stored" in text
    assert "it was not run again" in text


def test_stored_values_explain(golden_project: pytest.Pytester, run_pytest: Run) -> None:
    """With --golden-values, large arrays are in an npz file, and the first element that differs is named."""
    assert run_pytest("--golden-update", "--golden-values").ret == 1
    store = golden_project.path / "array_goldens" / "test_one.npz"
    assert list_stored(store) == [read(golden_project)["tests"]["test_one"]["1"]["values"]["['weights']"]["digest"]]
    with np.load(store, allow_pickle=False) as archive:
        assert [archive[name].shape for name in archive.files] == [(200,)]
    text = " ".join(line.lstrip("E ") for line in run_pytest(FACTOR="1.5").outlines)
    assert "first at [1]: expected 1.0, found 1.5" in text
    assert "199 of 200 elements differ" in text
    # What is recorded later keeps its values too, and the old values go.
    assert run_pytest("--golden-update", FACTOR="2").ret == 1
    assert list_stored(store) == [read(golden_project)["tests"]["test_one"]["1"]["values"]["['weights']"]["digest"]]


def test_changed_values_are_not_believed(golden_project: pytest.Pytester, run_pytest: Run) -> None:
    """An array in the npz file that does not have the digest of its name is an error, not an explanation."""
    run_pytest("--golden-update", "--golden-values")
    store = golden_project.path / "array_goldens" / "test_one.npz"
    data = bytearray(store.read_bytes())
    place = data.find(np.arange(3.0, 6.0).tobytes())
    data[place] ^= 1
    store.write_bytes(data)
    assert "cannot be read" in " ".join(run_pytest(FACTOR="1.5").outlines)
    digest = read(golden_project)["tests"]["test_one"]["1"]["values"]["['weights']"]["digest"]
    write_store(store, {digest: np.arange(200.0) + 1})
    assert "a stored array is not the one that was recorded" in run_pytest(FACTOR="1.5").stdout.str()


def test_nothing_is_written_in_continuous_integration(pytester: pytest.Pytester, run_pytest: Run) -> None:
    """With CI set, --golden-update is an error before any test."""
    pytester.makepyfile(test_one=TEST)
    result = run_pytest("--golden-update", CI="true")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "never written in continuous integration" in "\n".join([*result.outlines, *result.errlines])
    assert not (pytester.path / "array_goldens").exists()


def test_tolerance_is_shown_and_needs_a_reason(pytester: pytest.Pytester, run_pytest: Run) -> None:
    """Its values are kept; what is close is listed, what is farther fails; no reason is an error."""
    text = swap(TEST, "* FACTOR})", '* FACTOR}, ulp=2, reason="the sine of this libm")')
    pytester.makepyfile(test_one=text)
    assert run_pytest("--golden-update").ret == 1
    assert (pytester.path / "array_goldens" / "test_one.npz").exists()
    line = "  test_one.py::test_one, check 1: {}; ulp=2"
    equal, close = run_pytest(), run_pytest(FACTOR="1.0000000000000002")
    assert (equal.ret, close.ret) == (0, 0)
    equal.stdout.fnmatch_lines(
        ["1 check has a tolerance:", line.format("equal bits"), "    because: the sine of this libm"]
    )
    close.stdout.fnmatch_lines([line.format("close, not equal")])
    far = run_pytest(FACTOR="1.5")
    assert far.ret == 1
    far.stdout.fnmatch_lines([line.format("beyond the tolerance")])
    pytester.makepyfile(test_one=swap(text, "the sine of this libm", ""))
    assert "a tolerance has no reason" in run_pytest().stdout.str()


def test_errors_of_the_caller_are_plain(pytester: pytest.Pytester, run_pytest: Run) -> None:
    """A value without bits and a name used twice are errors that show the line of the test."""
    pytester.makepyfile(
        "def test_value(array_golden):\n    array_golden.check({'x': object()})\n"
        "def test_name(array_golden):\n    array_golden.check(1, name='a')\n    array_golden.check(1, name='a')\n"
    )
    text = run_pytest("--golden-update").stdout.str()
    assert "a value of this kind has no bits to compare" in text
    assert "['x']" in text
    assert "a test has two checks of one name" in text
    assert "checking.py" not in text


@pytest.mark.parametrize("damage", ["", "{}", '{"schema": "repro-appliance/array-golden/1"}', "[" * 100])
def test_damaged_golden_fails(damage: str, golden_project: pytest.Pytester, run_pytest: Run) -> None:
    """A golden that cannot be read judges nothing, and is not replaced."""
    path = golden_project.path / "array_goldens" / "test_one.json"
    path.write_text(damage, encoding="utf-8")
    assert run_pytest().ret == 1
    result = run_pytest("--golden-update")
    result.assert_outcomes(failed=3)
    assert path.read_text(encoding="utf-8") == damage


def test_edited_golden_is_noticed(golden_project: pytest.Pytester) -> None:
    """A world that was changed by hand is found when the file is read."""
    value = read(golden_project)
    world = next(iter(value["worlds"].values()))
    world["compared"]["numpy.version"] = "0.1"
    path = golden_project.path / "array_goldens" / "test_one.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(Exception, match="a world in a golden of arrays was changed"):
        read_array_golden(path)


def test_sessions_without_the_fixture_are_left_alone(pytester: pytest.Pytester, run_pytest: Run) -> None:
    """Nothing is printed, and no golden is looked for."""
    pytester.makepyfile("def test_nothing():\n    pass")
    result = run_pytest()
    assert result.ret == 0
    assert "golden" not in result.stdout.str()
