"""A test that differs is run twice more in fresh processes; the verdict, the likely cause, and the limits."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from support.edits import swap
from support.start import make_environment
from verify.arrays.worlds import list_changes
from verify.files.array_golden import ArrayWorld

pytest_plugins = ["pytester"]
pytestmark = [pytest.mark.process, pytest.mark.slow]

_WORLD = "it differs from the world it was recorded in: 3 runs gave the same result"


def run(pytester: pytest.Pytester, *words: str, **variables: str) -> pytest.RunResult:
    """Run pytest in the small project, in a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CI", "PYTEST_ADDOPTS"):
            patch.delenv(name, raising=False)
        patch.setenv("PYTHONPATH", make_environment()["PYTHONPATH"])
        for name, value in variables.items():
            patch.setenv(name, value)
        return pytester.runpytest_subprocess("-p", "repro_appliance_pytest", *words, timeout=240)


def read_text(result: pytest.RunResult) -> str:
    """Return what was printed, as one line without the marks of errors."""
    return re.sub(r"\s+", " ", " ".join(line.removeprefix("E ") for line in result.outlines))


def list_names(pytester: pytest.Pytester) -> list[str]:
    """Return the files in the small project, without those that pytest itself makes."""
    passed_over = ("__pycache__", ".pytest_cache", "runpytest-")
    paths = sorted(path.relative_to(pytester.path) for path in pytester.path.rglob("*"))
    return [str(path) for path in paths if not path.parts[0].startswith(passed_over)]


def test_difference_from_the_recorded_world(pytester: pytest.Pytester) -> None:
    """The fresh processes give the same as this run; the field of the fingerprint that changed is the likely cause."""
    pytester.makepyfile(
        test_one="import os\nimport numpy as np\n\ndef test_one(array_golden):\n"
        "    array_golden.check(np.array([0.5, float(os.environ.get('OMP_TEST', 1))]))\n"
    )
    assert run(pytester, "--golden-update").ret == 1
    assert run(pytester).ret == 0
    before = list_names(pytester)
    result = run(pytester, "--junitxml=report.xml", OMP_TEST="1.0000000000000002")
    text = read_text(result)
    assert _WORLD in text
    assert "first at [1]: expected 1.0, found 1.0000000000000002, 1 ulp apart; 1 of 2 elements differ" in text
    assert "likely threads" in text
    assert "env.OMP_TEST: recorded absent, here 1.0000000000000002" in text
    assert 'tests="1"' in (pytester.path / "report.xml").read_text(encoding="utf-8")
    assert [name for name in list_names(pytester) if name not in before] == ["report.xml"]


def test_difference_without_a_changed_world(pytester: pytest.Pytester) -> None:
    """Where all fields are equal, the likely cause is unknown, and the program may have changed."""
    pytester.makepyfile(test_one="def test_one(array_golden):\n    array_golden.check(0.5)\n")
    run(pytester, "--golden-update")
    pytester.makepyfile(test_one="def test_one(array_golden):\n    array_golden.check(0.75)\n")
    text = read_text(run(pytester))
    assert _WORLD in text
    assert "likely unknown: the fingerprints are equal" in text


def test_difference_from_itself(pytester: pytest.Pytester) -> None:
    """Three runs, three results; and how this run and a fresh one differ."""
    pytester.makepyfile(
        "import os\nimport numpy as np\n\ndef test_one(array_golden):\n"
        "    array_golden.check(np.frombuffer(os.urandom(8), dtype='u8'))\n"
    )
    run(pytester, "--golden-update")
    text = read_text(run(pytester))
    assert "it differs from itself: 3 runs gave 3 different results" in text
    assert "a fresh process against this one: value: first at [0]" in text


def test_difference_that_an_earlier_test_makes(pytester: pytest.Pytester) -> None:
    """Alone in a fresh process the test gives its golden: a test before it changes it."""
    pytester.makepyfile(
        "import numpy as np\nSTATE = [0.0]\n\ndef test_before():\n    STATE[0] = 1.0\n\n"
        "def test_one(array_golden):\n    array_golden.check(np.array(STATE))\n"
    )
    run(pytester, "--golden-update", "-k", "test_one")
    text = read_text(run(pytester))
    assert "alone in a fresh process it gives the golden's result, each time" in text


@pytest.mark.parametrize(
    ("line", "seconds", "words"),
    [
        ("time.sleep(60)", "3", "it did not end within 3 seconds"),
        ("os._exit(7)", "60", "it ended with 7 before the check"),
    ],
)
def test_fresh_processes_that_give_nothing(line: str, seconds: str, words: str, pytester: pytest.Pytester) -> None:
    """They are bounded in time, and what they came to is said."""
    pytester.makepyfile(test_one="def test_one(array_golden):\n    array_golden.check(1.0)\n")
    run(pytester, "--golden-update")
    pytester.makepyfile(
        test_one="import os, time, pathlib\nMARK = pathlib.Path(__file__).with_name('mark')\nFIRST = MARK.exists()\n"
        "MARK.unlink(missing_ok=True)\n\ndef test_one(array_golden):\n"
        f"    if not FIRST:\n        {line}\n    array_golden.check(2.0)\n"
    )
    (pytester.path / "mark").touch()
    result = run(pytester, "-o", f"golden_rerun_seconds={seconds}")
    assert result.ret == 1
    assert words in read_text(result)


def test_users_module_called_verify_stays_theirs(pytester: pytest.Pytester) -> None:
    """A `verify.py` beside the tests is imported by the tests before and after a check, and the plugin uses its own."""
    pytester.makepyfile(verify="NAME = 'mine'")
    pytester.makepyfile(
        test_one="def test_one(array_golden):\n    array_golden.check(0.5)\n    import verify\n"
        "    assert verify.NAME == 'mine'\n    array_golden.check(0.75)\n"
        "    import verify as again\n    assert again is verify\n",
        test_two="import verify\n\ndef test_two(array_golden):\n    array_golden.check(1)\n"
        "    assert verify.NAME == 'mine'\n",
    )
    assert run(pytester, "--golden-update").ret == 1
    assert run(pytester).parseoutcomes() == {"passed": 2}


def test_plugin_loads_nothing_unless_it_is_used(pytester: pytest.Pytester) -> None:
    """Without a check, neither NumPy nor a package of this project is imported."""
    pytester.makepyfile(
        "import sys\n\ndef test_one():\n"
        "    assert not {'numpy', 'attrs', 'attr', 'verify', 'appliance', 'threadpoolctl'} & set(sys.modules)\n"
    )
    assert run(pytester).ret == 0


def test_workers_record_without_loss(pytester: pytest.Pytester) -> None:
    """Two workers record the tests of two files; unused goldens are found where workers run the tests."""
    text = (
        "import numpy as np, pytest\n\n@pytest.mark.parametrize('n', range(12))\n"
        "def test_one(array_golden, n):\n    array_golden.check(np.arange(100.0) * n)\n"
    )
    pytester.makepyfile(test_one=text, test_two=text)
    assert run(pytester, "-n", "2", "--golden-update", "--golden-values").ret == 1
    for name in ("test_one", "test_two"):
        golden: Any = json.loads((pytester.path / "array_goldens" / f"{name}.json").read_text(encoding="utf-8"))
        assert len(golden["tests"]) == 12
    assert run(pytester).ret == 0
    assert run(pytester, "-n", "2").ret == 0
    pytester.makepyfile(test_two=swap(text, "range(12)", "range(11)"))
    result = run(pytester, "-n", "2")
    assert result.ret == 1
    assert "test_two.json: test_one[11], check 1: there is no such test" in result.stdout.str()
    pytester.makepyfile(test_two=swap(text, "* n)", "* n + 1)"))
    assert _WORLD in read_text(run(pytester, "-n", "2", "-k", "test_two and 3"))


def make_world(**compared: Any) -> ArrayWorld:  # noqa: ANN401 - fields of any type
    """Return a world with these fields."""
    fields = {name.replace("__", "."): value for name, value in compared.items()}
    return ArrayWorld(compared=fields, context={}, probes={})


@pytest.mark.parametrize(
    ("a", "b", "axis"),
    [
        ({"blas__kernel": "Haswell"}, {"blas__kernel": "SkylakeX"}, "kernel"),
        ({"blas__threads": 1}, {"blas__threads": 2}, "threads"),
        ({"numpy__version": "1", "libc": "a"}, {"numpy__version": "2", "libc": "b"}, "numpy"),
        ({"cpu__features": ["AVX2"]}, {"cpu__features": []}, "simd"),
        ({"libc": "glibc 2.36"}, {"libc": "glibc 2.41"}, "libm"),
        ({"env__PYTHONHASHSEED": "0"}, {}, "hash-seed"),
    ],
)
def test_likely_axis(a: dict[str, Any], b: dict[str, Any], axis: str) -> None:
    """Each field belongs to an axis; the likeliest one is first."""
    assert list_changes(make_world(**a), make_world(**b))[0].axis == axis
    assert list_changes(make_world(**a), make_world(**a)) == []
