"""Compares outputs by their contents, whatever their format."""
