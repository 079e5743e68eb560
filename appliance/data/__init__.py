"""Data sets with their controls: generated images, and MNIST-like files."""

from __future__ import annotations

from appliance.data.dataset import Dataset
from appliance.data.load import load_dataset

__all__ = ["Dataset", "load_dataset"]
