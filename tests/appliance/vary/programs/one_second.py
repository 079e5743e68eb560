"""Counts for about one second in whole numbers; depends on nothing."""

from pathlib import Path

value = 1
for _ in range(9_000_000):
    value = (value * 1_103_515_245 + 12_345) % 2**31
Path("result.txt").write_text(f"{value}\n", encoding="utf-8")
