"""Container images, built and tried on this machine."""
