"""What these tests share: a small set in place of the published ones, a server that offers it, the real data."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.data.sources import catalog
from support.idx_files import place_set
from support.loopback import Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.data.sources.catalog import KnownSet


@pytest.fixture
def small_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnownSet:
    """Return a sound set of 40 and 20 samples in tmp_path that the catalog knows as `mnist`."""
    known = place_set(tmp_path)
    monkeypatch.setattr(catalog, "KNOWN_SETS", (known,))
    return known


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the directory of the published files; without the variable that names it there is nothing to test."""
    named = os.environ.get("REPRO_APPLIANCE_DATA")
    if not named:
        pytest.skip("REPRO_APPLIANCE_DATA is not set: the published files are not here")
    return Path(named)


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return a server that offers a small set, which the catalog knows as `mnist` with that server as its mirror."""
    monkeypatch.setenv("NO_PROXY", "*")
    source = place_set(tmp_path / "offered")
    pages = {f"/{file.name}": source.locate(file, tmp_path / "offered").read_bytes() for file in source.files}
    with serve(Site(pages=pages)) as site:
        known = place_set(tmp_path / "offered", mirrors=(site.address,))
        monkeypatch.setattr(catalog, "KNOWN_SETS", (known,))
        yield site


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return a data directory that does not exist yet."""
    return tmp_path / "new" / "sets"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the list into which waits are written in place of waiting."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@pytest.fixture
def refused() -> str:
    """Return an address without a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"
