"""Run directories trained again in the world that they recorded, with a trace of every step."""
