"""From a configuration to a record."""
