"""Readers of files of one's own: one module for each kind of file."""
