"""Failures that only the maker of results can raise; their root stands in `verify.errors`."""

from __future__ import annotations

from verify.errors import ApplianceError


class ConfigurationError(ApplianceError):
    """A configuration that is missing, malformed or out of range (exit code 2)."""


class ExperimentError(ApplianceError):
    """Code of the user's that a configuration names failed (exit code 2)."""


class DataError(ApplianceError):
    """A data file that is missing, damaged or not what its name promises (exit code 2)."""
