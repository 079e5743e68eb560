"""Runs any program in varied worlds, to find what its results depend on."""
