"""What the files hold: read, checked, written."""
