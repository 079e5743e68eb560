"""Runs the steps of the whole check, some of them beside each other (.ci/run)."""
