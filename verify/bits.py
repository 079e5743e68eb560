"""The version of the arithmetic: raised whenever any portable result changes, on purpose only."""

from __future__ import annotations

BITS_VERSION = 2
