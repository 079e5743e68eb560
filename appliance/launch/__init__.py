"""What happens before NumPy is loaded."""
