"""Hosts broken on purpose: what docs/trust.md says of trainings is so, for every host and for a few in full."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config
from appliance.numerics.operations import PORTABLE
from appliance.training.execute import run_training
from delivery.trust import HOSTS, Host, find_worst, try_host, try_training

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.slow]


@pytest.fixture(scope="module")
def page(checkout: Path) -> dict[str, list[str]]:
    """Return the rows of the table by what is broken."""
    lines = (checkout / "docs" / "trust.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {row[0].replace("\\", ""): row[1:] for row in cells[1:] if not re.match("-+$", row[0])}


def test_every_host_is_in_the_table(page: dict[str, list[str]]) -> None:
    """No row is missing, none is left over, and there are at least thirty."""
    assert list(page) == [host.title for host in HOSTS]
    assert len(page) > 30


@pytest.mark.parametrize("host", [host for host in HOSTS if host.breaking is None], ids=lambda host: host.title)
def test_trainings_answer_as_the_table_says(host: Host, page: dict[str, list[str]]) -> None:
    """With the certificate kept from seeing the host, which is the worst case."""
    train: Any = partial(run_training, operations={**PORTABLE, **host.planned}, check="all")
    found = find_worst(try_training(load_config(name), train) for name in host.configs)
    assert found == page[host.title][3]


@pytest.mark.parametrize("number", [0, 4, 9, 28, 34])
def test_all_answers_are_as_the_table_says(number: int, page: dict[str, list[str]]) -> None:
    """Certify and verify, too, for a few hosts of different kinds."""
    host = HOSTS[number]
    answer = try_host(host)
    assert answer is not None
    assert list(attrs.astuple(answer)) == page[host.title]


@pytest.mark.parametrize("earlier", [1, 8, 23])
def test_answer_depends_on_no_earlier_one(earlier: int, page: dict[str, list[str]]) -> None:
    """A host that is wrong at every 50th call is the same host whatever was multiplied there before."""
    host = next(host for host in HOSTS if "every 50th call" in host.title)
    for _ in range(earlier):
        host.planned["matmul"](np.ones((2, 2)), np.ones((2, 2)))
    answer = try_host(host)
    assert answer is not None
    assert list(attrs.astuple(answer)) == page[host.title]


def test_no_answer_is_wrong(page: dict[str, list[str]]) -> None:
    """Verify never says different because of a host, and what is broken is never certified unless it is harmless."""
    for title, (certified, verdict, trained, unseen) in page.items():
        assert verdict in ("identical", "could-not-judge"), title
        assert trained != "OTHER DIGEST", title
        assert certified != "portable" or (verdict, unseen) == ("identical", "golden digest"), title
        assert unseen != "OTHER DIGEST" or not title.startswith(("products", "sums")), title
