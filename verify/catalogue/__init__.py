"""Every check of the project by its id."""
