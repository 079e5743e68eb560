"""Kills, faults and long runs of the program, counted in a table that is kept; see `delivery.torture.__main__`."""
