"""Tests of the cost suite, on plain data and a clock of their own: nothing here depends on real speed."""
