"""What the pages say, read and run."""
