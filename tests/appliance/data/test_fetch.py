"""Downloads, on loopback: published files are placed, each under its name."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import attrs
import pooch  # type: ignore[import-untyped]
import pytest

from appliance.config.schema import DataConfig
from appliance.data import load_dataset
from appliance.data.fetch import fetch
from appliance.data.sources import catalog
from support.loopback import Site, list_files

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator
    from pathlib import Path


def test_good_files_are_placed(offered: Site, data_dir: Path) -> None:
    """All four files arrive under their names, nothing else does, they load, and others may read them."""
    paths = fetch("mnist", data_dir)
    assert paths == [data_dir / "mnist" / name.removeprefix("/") for name in offered.pages]
    assert [path.read_bytes() for path in paths] == list(offered.pages.values())
    assert list_files(data_dir) == sorted(["mnist", *(f"mnist{name}" for name in offered.pages)])
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o644] * 4
    assert len(load_dataset(DataConfig(source="mnist"), 0, data_dir).train_labels) == 40


def test_bytes_are_asked_for_as_they_are(offered: Site, data_dir: Path) -> None:
    """A server is asked not to encode, because a gzip file that is unpacked on the way has another digest."""
    fetch("mnist", data_dir)
    assert offered.encodings == ["identity"] * 4


def test_right_files_are_left_alone(offered: Site, data_dir: Path) -> None:
    """A second fetch asks for nothing."""
    fetch("mnist", data_dir)
    offered.seen.clear()
    assert len(fetch("mnist", data_dir)) == 4
    assert offered.seen == []


def test_wrong_file_is_replaced(offered: Site, data_dir: Path) -> None:
    """A file that is not the published one is downloaded again, the others are not."""
    paths = fetch("mnist", data_dir)
    paths[2].write_bytes(b"old")
    offered.seen.clear()
    fetch("mnist", data_dir)
    assert offered.seen == [f"/{paths[2].name}"]
    assert paths[2].read_bytes() == offered.pages[f"/{paths[2].name}"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_address_can_be_replaced(
    slash: str, offered: Site, data_dir: Path, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A base address takes the place of the catalog's mirrors, with or without a slash at its end."""
    known = attrs.evolve(catalog.find_known("mnist"), mirrors=(refused,))
    monkeypatch.setattr(catalog, "KNOWN_SETS", (known,))
    assert len(fetch("mnist", data_dir, offered.address.rstrip("/") + slash, retries=0)) == 4


def test_failing_server_is_asked_again(offered: Site, data_dir: Path, waits: list[float]) -> None:
    """Two failures are survived by waiting one second, then two."""
    offered.failures = 2
    assert len(fetch("mnist", data_dir)) == 4
    assert waits == [1, 2]


@pytest.mark.parametrize("order", [1, -1])
def test_mirrors_are_tried_in_order(
    order: int, offered: Site, data_dir: Path, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever mirror works is enough."""
    known = attrs.evolve(catalog.find_known("mnist"), mirrors=(refused, offered.address)[::order])
    monkeypatch.setattr(catalog, "KNOWN_SETS", (known,))
    assert len(fetch("mnist", data_dir, retries=0)) == 4


class Bar:
    """A progress bar that remembers, or interrupts."""

    made: list[Bar]
    interrupt = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.total: float | None = None
        self.count = 0
        self.closed = False
        self.made.append(self)

    def update(self, count: int) -> None:
        """Count, or be interrupted."""
        if self.interrupt:
            raise KeyboardInterrupt
        self.count += count

    def reset(self) -> None:
        """Begin again."""
        self.count = 0

    def close(self) -> None:
        """End."""
        self.closed = True


@pytest.fixture
def bars() -> Iterator[list[Bar]]:
    """Return the list of bars that are made."""
    Bar.made, Bar.interrupt = [], False
    yield Bar.made
    Bar.made, Bar.interrupt = [], False


def test_progress_is_drawn_for_each_download(offered: Site, data_dir: Path, bars: list[Bar]) -> None:
    """Each file has a bar that ends full; a file that is already there has none."""
    fetch("mnist", data_dir, progress=Bar)
    assert [bar.name for bar in bars] == [name.removeprefix("/") for name in offered.pages]
    assert [bar.count for bar in bars] == [len(page) for page in offered.pages.values()]
    assert all(bar.closed for bar in bars)
    fetch("mnist", data_dir, progress=Bar)
    assert len(bars) == 4


@pytest.mark.usefixtures("offered")
def test_interrupted_download_leaves_nothing_behind(data_dir: Path, bars: list[Bar]) -> None:
    """Ctrl-C ends the bar, and no part of a file stays."""
    Bar.interrupt = True
    with pytest.raises(KeyboardInterrupt):
        fetch("mnist", data_dir, progress=Bar)
    assert [bar.closed for bar in bars] == [True]
    assert not data_dir.parent.exists()


@pytest.mark.usefixtures("offered")
def test_nothing_is_printed(
    data_dir: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A library prints nothing, logs nothing, and the logger it silences speaks again afterwards."""
    logger: logging.Logger = pooch.get_logger()
    logger.addHandler(caplog.handler)
    logger.setLevel("INFO")
    try:
        fetch("mnist", data_dir)
    finally:
        logger.removeHandler(caplog.handler)
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []
    assert logger.level == 20
