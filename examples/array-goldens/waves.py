"""A small program whose results are arrays."""

import numpy as np


def smooth(values, rounds):
    """Return values after some rounds of averaging with their neighbours: only sums of two and products."""
    for _ in range(rounds):
        values = 0.5 * values + 0.25 * (np.roll(values, 1) + np.roll(values, -1))
    return values


def make_step(size):
    """Return zeros, then ones."""
    return np.where(np.arange(size) < size // 2, 0.0, 1.0)


def make_wave(size):
    """Return one period of the sine, which differs between instruction sets in the last bits."""
    return np.sin(np.arange(size) * (6.283185307179586 / size))
