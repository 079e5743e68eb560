"""The library agrees with the oracle, which is written from the page alone, to the last bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance import Stream, portable
from oracle import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

FORMATS = {"f": np.float32, "d": np.float64}


def make(shape: tuple[int, ...], code: str, seed: int) -> Floats:
    """Return numbers of different sizes."""
    stream = Stream(seed, "oracle of the library")
    u = stream.derive("size").integers(-12, 13, shape)
    values: Floats = (stream.derive("value").normal(shape) * np.exp2(u.astype(np.float64))).astype(FORMATS[code])
    return values


@pytest.mark.parametrize("code", FORMATS)
def test_reductions_agree(code: str) -> None:
    """Sums, running sums, means, variances, norms, softmax."""
    for seed in range(12):
        x = make((3 + 17 * seed,), code, seed)
        values = x.tolist()
        assert portable.sum(x).item() == library.add(values, code)
        assert portable.cumsum(x)[-2].item() == library.add(values[:-1], code)
        assert portable.mean(x).item() == library.find_mean(values, code)
        assert portable.var(x, ddof=1).item() == library.find_variance(values, 1, code)
        assert portable.norm(x).item() == library.find_norm(values, code)
        shares, logarithms, total = library.soften(values, code)
        assert portable.softmax(x).tolist() == shares
        assert portable.log_softmax(x).tolist() == logarithms
        assert portable.logsumexp(x).item() == total


@pytest.mark.slow
@pytest.mark.parametrize("code", FORMATS)
@pytest.mark.parametrize("inner", [1, 7, 300, 4100])
def test_products_agree(inner: int, code: str) -> None:
    """Accurate products of one and of several pieces; control: another number of bits gives another product."""
    a, b = make((3, inner), code, 1), make((inner, 2), code, 2)
    found = portable.matmul(a, b).tolist()
    assert found == library.multiply(a.tolist(), b.tolist(), code)
    if inner > 1:
        bits, longest, pairs = library._SLICES[code]
        other = {code: (bits - 3, longest, pairs[-1:] if code == "d" else pairs)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(library, "_SLICES", other)
            assert found != library.multiply(a.tolist(), b.tolist(), code)


def test_draws_agree() -> None:
    """Normals and integers, with words that are left out."""
    assert Stream(3, "draws", 4).normal(501).tolist() == library.draw_normals(501, 3, "draws", 4)
    for low, high in ((0, 10), (-7, 2**62), (0, 3 * 2**61), (0, 2**62 + 1)):
        assert Stream(3, "draws").integers(low, high, 300).tolist() == library.draw_integers(
            300, low, high, (3, "draws")
        )


def test_sines_agree() -> None:
    """The sine, of large angles too."""
    x = make((500,), "d", 9) * 3
    assert portable.sin(x).tolist() == [library.find_sine(value) for value in x.tolist()]
