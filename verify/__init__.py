"""The judge: fingerprints, goldens and checks, with no knowledge of how results are made."""
