"""Outcomes compared with expectations."""
