"""Every option of the command line, defined once: a module for each group of commands, and for what groups share."""
