"""What only the makers of the project run: images, emulated machines, the matrix, pins, bounds of speed."""
