"""Where a child finds this very package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import appliance

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_package(environment: Mapping[str, str]) -> str:
    """Return the PYTHONPATH with which `python -P` imports this very package, wherever it starts.

    Args:
        environment: the variables of the child; what its PYTHONPATH names comes later.
    """
    home = str(Path(appliance.__file__).resolve().parent.parent)
    return os.pathsep.join([home, *filter(None, [environment.get("PYTHONPATH")])])
