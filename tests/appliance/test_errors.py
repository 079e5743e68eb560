"""The maker's errors: under the judge's root, and unknown to the judge."""

from __future__ import annotations

import inspect

from appliance import errors as maker
from verify import errors as judge


def test_all_errors_have_one_root() -> None:
    """Whoever catches the root catches every error of the project, with its exit code."""
    found = [kind for _, kind in inspect.getmembers(maker, inspect.isclass)]
    assert set(found) == {judge.ApplianceError, maker.ConfigurationError, maker.DataError, maker.ExperimentError}
    assert all(issubclass(kind, judge.ApplianceError) and kind.exit_code == 2 for kind in found)


def test_the_judge_keeps_only_its_own() -> None:
    """Errors of configurations and data files are the maker's."""
    names = {name for name, _ in inspect.getmembers(judge, inspect.isclass)}
    assert names == {"ApplianceError", "CouldNotJudgeError", "DifferentError", "NonFiniteError", "UsageError"}
