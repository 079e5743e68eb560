"""Rounding to 53 bits on an x87: asked for where one computes, by effect where this host has a control word."""

from __future__ import annotations

import platform
import struct

import pytest

from appliance.launch import precision
from verify.host.control_word import change_control_word


@pytest.mark.parametrize(
    ("machine", "pointer", "asked"),
    [("i686", 4, True), ("x86_64", 4, True), ("x86_64", 8, False), ("armv7l", 4, False), ("s390x", 8, False)],
)
def test_only_an_x87_is_set(machine: str, pointer: int, asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """32-bit programs on x86 set the precision field to 53 bits; all others leave the unit alone."""
    calls: list[tuple[int, ...]] = []

    def change(*arguments: int) -> object:
        calls.append(arguments)
        return object()

    monkeypatch.setattr(precision, "change_control_word", change)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(struct, "calcsize", lambda _: pointer)
    assert precision.round_to_double() is asked
    assert calls == ([(0, 0x300, 0x200)] if asked else [])


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the place of the control word is that of x86-64")
def test_control_word_changes_what_is_computed_until_it_is_restored() -> None:
    """With MXCSR rounding towards zero, 1 - 2**-60 is below 1; afterwards it is 1 again."""
    tiny = 2.0**-60
    restore = change_control_word(28, 0, 0x6000)
    if restore is None:
        pytest.skip("no glibc here")
    below = 1.0 - tiny
    restore()
    assert below == 1.0 - 2.0**-53
    assert 1.0 - tiny == 1.0
