"""Experiments: modules of the user's that a configuration names, loaded as they were hashed and run with care."""
