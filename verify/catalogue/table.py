"""The table of all checks, in families."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from verify.catalogue import controls, data, hosts, runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.catalogue.check import Check


class Family(NamedTuple):
    """Checks that belong together, under one heading of the reference page."""

    title: str
    checks: tuple[Check, ...]


FAMILIES: tuple[Family, ...] = (
    Family("A run compared with its golden", runs.RECORDS),
    Family("Two runs compared with each other", runs.PAIRS),
    Family("A run directory", runs.DIRECTORIES),
    Family("An evidence bundle", runs.BUNDLES),
    Family("The goldens", runs.GOLDENS),
    Family("The host certificate", hosts.PROBES),
    Family("Versions and channel", hosts.PINS),
    Family("Two fingerprints", hosts.FINGERPRINTS),
    Family("The profile pinned", hosts.PINNING),
    Family("Data sets", data.CONTROLS),
    Family("Reports from many machines", runs.MACHINES),
    Family("Defects that the host certificate must notice", controls.HOSTS),
    Family("Defects that verify must notice", controls.TRAININGS),
)
CHECKS: Mapping[str, Check] = MappingProxyType({check.id: check for family in FAMILIES for check in family.checks})


def find_check(number: str) -> Check:
    """Return the check of an id.

    Raises:
        KeyError: no check has it; every id that is used in the code is in the table.
    """
    return CHECKS[number]
