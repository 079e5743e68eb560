"""Verification by training again."""
