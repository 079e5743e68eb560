"""What happens before the rest of a program is imported: import path, signals, the user's environment."""
