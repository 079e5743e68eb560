"""The regression check of speed: ratios in one process, never seconds."""
