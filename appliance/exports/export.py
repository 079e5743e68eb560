"""The table of formats that a run can be exported to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.exports.onnx_export import export_onnx
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from appliance.exports.exported import Exported

    Export = Callable[[Path, Path, Path | None], Exported]

FORMS: Mapping[str, Export] = {"onnx": export_onnx}
"""For each format the function that writes it; see `export_onnx`."""


def export_run(directory: Path, form: str, out: Path, data_dir: Path | None = None) -> Exported:
    """Write a run in another format.

    Args:
        directory: the run directory.
        form: the name of the format.
        out: the file to write.
        data_dir: where data sets are; None for the usual places.

    Raises:
        UsageError: there is no such format, or what it needs is not installed.
        ApplianceError: the run cannot be exported.
    """
    if form not in FORMS:
        raise UsageError("there is no such format", expected=" or ".join(FORMS), found=form, where="--format")
    return FORMS[form](directory, out, data_dir)
