"""The table of formats that runs can be exported to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.exports.crate import export_crate
from appliance.exports.evidence_bundle import export_bundle
from appliance.exports.onnx_export import export_onnx
from appliance.exports.statements import export_statements
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.exports.exported import Exported
    from appliance.exports.request import Request

FORMS: Mapping[str, Callable[[Request], Exported]] = {
    "onnx": export_onnx,
    "ro-crate": export_crate,
    "in-toto": export_statements,
    "bundle": export_bundle,
}
"""For each format the function that writes it."""
_OPTIONS: Mapping[str, Sequence[str]] = {
    "license": ("ro-crate", "bundle"),
    "agent": ("ro-crate", "bundle"),
    "evidence": ("bundle",),
}
"""For each option that not every format has a place for, the formats that have one."""


def export_runs(form: str, request: Request) -> Exported:
    """Write runs in another format.

    Args:
        form: the name of the format.
        request: the runs, and where to write.

    Raises:
        UsageError: there is no such format, it has no place for an option, or what it needs is not installed.
        ApplianceError: a run cannot be exported.
    """
    if form not in FORMS:
        raise UsageError("there is no such format", expected=" or ".join(FORMS), found=form, where="--format")
    for name, forms in _OPTIONS.items():
        if getattr(request, name) and form not in forms:
            raise UsageError(
                f"this format has no place for --{name}", expected=" or ".join(forms), found=form, where="--format"
            )
    return FORMS[form](request)
