"""The oracle: a second implementation of `docs/numerics.md`, in plain Python and from that page alone."""
