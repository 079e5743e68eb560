"""Tests with goldens: `array_golden` comes with the package repro-appliance."""

import pytest

from waves import make_step, make_wave, smooth


@pytest.mark.parametrize("rounds", [1, 100])
def test_smooth(array_golden, rounds):
    """The same bits on every machine, because each operation is one of IEEE 754."""
    array_golden.check({"rounds": rounds, "step": smooth(make_step(200), rounds)})


def test_wave(array_golden):
    """The last bits of a sine may differ, and the test says why."""
    array_golden.check(make_wave(32), ulp=4, reason="NumPy has another sine for each instruction set")
