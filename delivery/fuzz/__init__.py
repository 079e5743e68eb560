"""Damaged files for every reader, made in a repeatable way; see `delivery.fuzz.__main__`."""
