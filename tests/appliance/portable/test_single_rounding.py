"""The library refuses a host that rounds float64 twice."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.portable.precision import require_single_rounding
from verify.errors import CouldNotJudgeError


def test_a_sound_host_is_accepted() -> None:
    """Additions of this host are rounded once."""
    require_single_rounding()


def test_two_roundings_are_refused() -> None:
    """Sums that are rounded to 64 bits first, as long double has on x86, are found in one of two results."""
    if np.finfo(np.longdouble).nmant != 63:
        pytest.skip("long double has no 64 bits here")
    with pytest.raises(CouldNotJudgeError, match="rounds sums of float64 twice"):
        require_single_rounding(lambda a, b: (a + b, float(np.longdouble(a) + np.longdouble(b))))
