"""Runs written for other tools."""
