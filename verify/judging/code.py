"""Compares the code of the experiments of two results: other code is another experiment, not another result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from verify.results import make_result

if TYPE_CHECKING:
    from verify.digests import JsonObject
    from verify.results import Result

CODE = "V016"


def check_code(expected: JsonObject, found: JsonObject, *, command: str | None = None) -> Result | None:
    """Compare the digests of the files of an experiment in two settings.

    Args:
        expected: the settings of a golden.
        found: the settings of a run, or of a configuration.
        command: the command line that records the golden.

    Returns:
        V016; None where neither names an experiment.
    """
    before, after = _read_digests(expected), _read_digests(found)
    if not before and not after:
        return None
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if not changed:
        return make_result(CODE, "pass", where=", ".join(before))
    first = changed[0]
    return make_result(
        CODE,
        "could-not-judge",
        title="the code of the experiment has changed since the golden was recorded",
        expected=before.get(first, "no such file"),
        found=after.get(first, "no such file"),
        where=", ".join(changed),
        remedy=command and f"get the files as they were for the golden; if the change is meant: {command} --replace",
    )


def _read_digests(settings: JsonObject) -> dict[str, str]:
    experiment = settings.get("experiment")
    digests = experiment.get("digests") if isinstance(experiment, Mapping) else None
    return {str(name): str(digest) for name, digest in digests.items()} if isinstance(digests, Mapping) else {}
