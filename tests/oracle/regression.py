"""The generated regression, sample by sample."""

from __future__ import annotations

from functools import cache

from oracle.streams import draw_words

_BLOCK = 512
_WORDS = 16


@cache
def _draw_block(seed: int, part: str, block: int) -> list[int]:
    return draw_words(_WORDS * _BLOCK, seed, part, block)


def draw_sample(seed: int, part: str, number: int) -> tuple[list[float], float]:
    """Return the features of a sample and its target; part is "regression/train" or "regression/test"."""
    begin = _WORDS * (number % _BLOCK)
    words = _draw_block(seed, part, number // _BLOCK)[begin : begin + _WORDS]
    u = [(word >> 48) - (1 << 15) for word in words]
    p = u[0] * u[1] >> 15
    noise = sum(u[10:]) >> 3
    target = (p * ((1 << 15) - abs(p)) >> 13) + (u[2] * u[2] >> 14) + u[3] + (u[4] >> 1) + noise
    return [x / (1 << 15) for x in u[:10]], target / (1 << 15)


def draw_samples(count: int, seed: int, part: str) -> tuple[list[list[float]], list[list[float]]]:
    """Return the first samples of a part: features and rows of one target."""
    samples = [draw_sample(seed, part, number) for number in range(count)]
    return [features for features, _ in samples], [[target] for _, target in samples]
