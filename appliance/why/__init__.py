"""Finds the cause of a difference: both sides, and the operation alone, run again in varied worlds."""
