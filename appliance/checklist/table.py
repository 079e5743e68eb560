"""The table of all questions, in five parts."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from appliance.checklist import artifacts, dataset, determinism, environment, reporting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.checklist.questions import Question

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "environment": "Environment capture",
        "data": "Dataset controls",
        "determinism": "Determinism controls",
        "artifacts": "Execution artifacts",
        "reporting": "Reporting quality",
    }
)
QUESTIONS: Mapping[str, tuple[Question, ...]] = MappingProxyType(
    {
        "environment": environment.QUESTIONS,
        "data": dataset.QUESTIONS,
        "determinism": determinism.QUESTIONS,
        "artifacts": artifacts.QUESTIONS,
        "reporting": reporting.QUESTIONS,
    }
)
