"""Imports that wait until they are needed: NumPy must not be loaded before the launch, nor for `--help`."""

from __future__ import annotations

import importlib
from typing import Any


class Later:
    """A module that is imported when one of its names is first used, so that nothing loads NumPy before the launch."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - any name of the module
        return getattr(importlib.import_module(self._name), attribute)
