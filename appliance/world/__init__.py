"""The most reproducible world that this host can give to a program: settings made, read back in a child, told."""
