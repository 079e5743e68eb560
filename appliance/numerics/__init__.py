"""Portable arithmetic: the one room that decides floating-point order."""
