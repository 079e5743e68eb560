"""The flake: run on a stand-in for nixpkgs, evaluated, and its pins."""
