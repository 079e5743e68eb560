"""Bounds on the speed of portable training steps, as ratios to native steps."""
