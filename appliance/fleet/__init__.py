"""Many machines, real and emulated, that verify the same goldens."""
