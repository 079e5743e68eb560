"""Runs beside other libraries: trainings in PyTorch."""
