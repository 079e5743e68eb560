"""Runs `vary` on programs with known answers and writes how it judged them."""
