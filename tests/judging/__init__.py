"""Tests of the judge, all on plain data."""
