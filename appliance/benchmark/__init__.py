"""Repeats, seeds and timings of training runs."""
