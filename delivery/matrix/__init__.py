"""The matrix of the hosted workflow: its legs, and how its jobs ended."""
