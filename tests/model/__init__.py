"""Networks, layers and their steps."""
