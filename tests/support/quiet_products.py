"""Tests of layers take steps as a training does: values that are not finite are reported by the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_warnings_of_invalid_values(request: pytest.FixtureRequest) -> Iterator[None]:
    """NumPy warns of products whose operands and results are finite, where BLAS computes on what lies beside them."""
    with np.errstate(invalid="ignore" if "layers" in request.path.parts else None):
        yield
