"""A generated regression: a smooth function of five of ten features, with noise, by whole numbers only.

Part of bits 2. All values are integers in units of 2**-15, `>>` rounds down. Sample i of part "regression/train" or
"regression/test" takes the 16 words from `16 * (i % 512)` of the stream (seed, part, i // 512)
(`appliance.streams.draw_words`); `u0` to `u15` are their upper 16 bits less 2**15, so -2**15 <= u < 2**15.

    features = u0 to u9, of which the last five have no effect
    p        = u0 * u1 >> 15
    wave     = p * (2**15 - |p|) >> 13          4 p (1 - |p|), much like the sine of pi p
    square   = u2 * u2 >> 14                    2 u2**2
    noise    = u10 + ... + u15 >> 3             deviation 0.18, much like normal noise
    target   = wave + square + u3 + (u4 >> 1) + noise

Features and targets as float32 are these integers times 2**-15, exactly. Targets are in -3.25 to 5.25, their mean is
0.67 and their deviation 1.10. The noise has a variance of 0.031: below it is the mean squared error of no network on
many new samples. A sample depends on (seed, part, i) and on no count, so a smaller set is the beginning of a larger
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from appliance.streams import draw_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEATURES = 10
TARGETS = 1

Part = Literal["train", "test"]

_WORDS = 16
_BLOCK = 512
_UNIT = 2.0**-15


def draw_regression(count: int, seed: int, part: Part) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the first `count` samples of a part: features float32 (count, 10), targets float32 (count, 1)."""
    blocks = [draw_words(_BLOCK * _WORDS, seed, f"regression/{part}", block) for block in range(-(-count // _BLOCK))]
    words = np.concatenate(blocks).reshape(-1, _WORDS)[:count]
    numbers = (words >> np.uint64(48)).astype(np.int64) - (1 << 15)
    features = numbers[:, :FEATURES].astype(np.float32) * np.float32(_UNIT)
    targets = _find_targets(numbers.T).astype(np.float32) * np.float32(_UNIT)
    return features, targets[:, None]


def _find_targets(u: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the targets (n,) of numbers (16, n)."""
    product = u[0] * u[1] >> 15
    wave = product * ((1 << 15) - np.abs(product)) >> 13
    noise = u[10] + u[11] + u[12] + u[13] + u[14] + u[15] >> 3
    targets: NDArray[np.int64] = wave + (u[2] * u[2] >> 14) + u[3] + (u[4] >> 1) + noise
    return targets
