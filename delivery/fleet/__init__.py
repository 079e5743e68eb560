"""The fleet of `make fleet`: its members, what they need on a Debian machine, its table in docs/evidence.md."""
