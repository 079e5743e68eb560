"""What a user's program gives in the place of settings."""

from __future__ import annotations

OWN_SOURCE = "own"
"""The value of `data.source` in the settings of a run whose program gave the samples."""
