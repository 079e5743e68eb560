"""Run directories: written whole or not at all."""
