"""The reproducibility checklist: every item answered from a run directory, with its evidence."""

from __future__ import annotations

from appliance.checklist.answers import Evidence, Item, Part
from appliance.checklist.checklist import Checklist
from appliance.checklist.execute import answer_checklist

__all__ = ["Checklist", "Evidence", "Item", "Part", "answer_checklist"]
