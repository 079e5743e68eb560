"""The arithmetic: grids, products, sums, functions, streams."""
