"""Scaling over workers: what a step exchanges, how long it takes, and a model that is checked against both."""
