"""Goldens for the arrays in anybody's tests: values read, recorded, compared, explained."""
