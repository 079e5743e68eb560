"""What reproducibility costs, measured against doing without."""
