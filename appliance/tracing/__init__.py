"""Runs a program of the user with the recorder of `verify.tracing` put into its Python, and reads what it left."""
