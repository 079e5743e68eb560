"""Whether this host computes as portable results need it, probed by effect."""
