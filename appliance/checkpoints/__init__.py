"""Checkpoints: the states of a training on the disk, and how a later process goes on from the newest sound one."""
