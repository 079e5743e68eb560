"""Reports: one HTML page that needs no network, made of run directories and of answers of other commands."""
