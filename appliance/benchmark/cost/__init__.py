"""What reproducibility costs, compared with arithmetic without it."""
