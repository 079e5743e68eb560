"""Exports checked by the tools of others: `make exports-check`."""
