"""The machine: what it says about itself, what it does."""
