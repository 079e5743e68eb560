"""Data sources: one module with one class for each, as `appliance.data.source.Source` describes it."""
