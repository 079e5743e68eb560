"""Data sets with their controls: generated images, and files in the format of MNIST."""

from __future__ import annotations

from appliance.data.dataset import Dataset
from appliance.data.rows import MemoryRows, Rows
from appliance.data.stored_rows import StoredRows
from appliance.data.table import load_dataset

__all__ = ["Dataset", "MemoryRows", "Rows", "StoredRows", "load_dataset"]
