"""What must hold before NumPy is loaded, then while it runs: variables, threads, seeds."""
