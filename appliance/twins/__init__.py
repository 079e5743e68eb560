"""Trainings in other libraries, for comparison."""
