"""Two locks with different results: the smallest set of packages that makes the difference."""
