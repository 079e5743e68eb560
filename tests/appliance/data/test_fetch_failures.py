"""Failing downloads, on loopback: each is one error that leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.data import fetch as fetch_module
from appliance.data.download import Download
from appliance.data.fetch import fetch
from appliance.data.sources import catalog
from appliance.errors import DataError
from support.loopback import Site, list_files
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_wrong_digest_leaves_nothing_behind(offered: Site, data_dir: Path) -> None:
    """Other bytes than the published ones are one error with both digests, and no directory stays."""
    first = next(iter(offered.pages))
    offered.pages[first] = b"other bytes"
    with pytest.raises(DataError, match="a downloaded file is not the published one") as caught:
        fetch("mnist", data_dir, retries=0)
    assert caught.value.expected == next(catalog.find_known("mnist").files).digest
    assert f"sha256:{hashlib.sha256(b'other bytes').hexdigest()}" in str(caught.value.found)
    assert caught.value.where == data_dir / "mnist" / first.removeprefix("/")
    assert not data_dir.parent.exists()


def test_wrong_download_leaves_what_was_there(offered: Site, data_dir: Path) -> None:
    """A file that is there, right or wrong, is only ever replaced by the published one."""
    paths = fetch("mnist", data_dir)
    paths[0].write_bytes(b"mine")
    offered.pages[f"/{paths[0].name}"] = b"other bytes"
    before = list_files(data_dir)
    with pytest.raises(DataError, match="not the published one"):
        fetch("mnist", data_dir, retries=0)
    assert paths[0].read_bytes() == b"mine"
    assert list_files(data_dir) == before


def test_absent_file_is_reported(offered: Site, data_dir: Path) -> None:
    """A 404 is one error that says so, with the remedy of placing files by hand."""
    offered.pages.clear()
    with pytest.raises(DataError, match="a data file cannot be downloaded") as caught:
        fetch("mnist", data_dir, retries=0)
    assert "404" in str(caught.value.found)
    assert "docs/data.md" in str(caught.value.remedy)
    assert not data_dir.parent.exists()


@pytest.mark.usefixtures("offered")
def test_refused_connection_is_reported(data_dir: Path, refused: str) -> None:
    """An address without a server is one error, on one line."""
    with pytest.raises(DataError, match="a data file cannot be downloaded") as caught:
        fetch("mnist", data_dir, refused, retries=0)
    assert refused in str(caught.value.found)
    assert "\n" not in str(caught.value.found)
    assert not data_dir.parent.exists()


def test_truncated_download_is_reported(offered: Site, data_dir: Path) -> None:
    """A connection that ends early is one error, and the part that came is not kept."""
    offered.missing_bytes = 10
    with pytest.raises(DataError, match=r"cannot be downloaded|not the published one"):
        fetch("mnist", data_dir, retries=0)
    assert not data_dir.parent.exists()


def test_third_failure_is_the_last(offered: Site, data_dir: Path, waits: list[float]) -> None:
    """A third failure is the last."""
    offered.failures = 3
    with pytest.raises(DataError, match="a data file cannot be downloaded") as caught:
        fetch("mnist", data_dir)
    assert "503" in str(caught.value.found)
    assert waits == [1, 2]


def test_all_mirrors_are_named_when_all_fail(
    offered: Site, data_dir: Path, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error lists every address that was tried."""
    offered.pages.clear()
    known = attrs.evolve(catalog.find_known("mnist"), mirrors=(refused, offered.address))
    monkeypatch.setattr(catalog, "KNOWN_SETS", (known,))
    with pytest.raises(DataError) as caught:
        fetch("mnist", data_dir, retries=0)
    assert refused in str(caught.value.found)
    assert offered.address in str(caught.value.found)


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1/", "file:///tmp/", "127.0.0.1/", "http://", "https:///x", "http://a b/", "", "//a/"]
)
def test_other_addresses_are_refused(address: str, offered: Site, data_dir: Path) -> None:
    """Only http and https addresses are downloaded from."""
    with pytest.raises(UsageError, match="not an address to download from"):
        fetch("mnist", data_dir, address)
    assert offered.seen == []


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize("address", ["http://[/", f"http://{'a' * 70}/", "http://127.0.0.1:99999/"])
def test_impossible_addresses_are_reported(address: str, data_dir: Path) -> None:
    """A malformed address is an error, never a traceback."""
    with pytest.raises(DataError, match="a data file cannot be downloaded"):
        fetch("mnist", data_dir, address, retries=0)


@pytest.mark.parametrize("name", ["synthetic", "cifar10"])
def test_set_without_files_is_refused(name: str, data_dir: Path) -> None:
    """There is nothing to fetch for generated or unknown data."""
    with pytest.raises(UsageError, match="no such published data set"):
        fetch(name, data_dir)


@pytest.mark.usefixtures("offered")
def test_directory_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """A file in the place of the data directory is one error, and stays."""
    (tmp_path / "file").write_text("mine", encoding="ascii")
    with pytest.raises(DataError, match="a data file cannot be written"):
        fetch("mnist", tmp_path / "file", retries=0)
    assert (tmp_path / "file").read_text(encoding="ascii") == "mine"


def test_endless_download_is_stopped(offered: Site, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends more than a file may have is not listened to; nothing of it is kept, nothing tried again."""
    monkeypatch.setattr(fetch_module, "Download", partial(Download, largest=1 << 16))
    offered.pages[next(iter(offered.pages))] = bytes(1 << 22)
    with pytest.raises(DataError, match="a download is too large") as caught:
        fetch("mnist", data_dir)
    assert "65536 bytes" in str(caught.value.expected)
    assert len(offered.seen) == 1
    assert not data_dir.parent.exists()


def test_slow_download_is_stopped(offered: Site, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends a byte now and then, or none, has a deadline."""
    monkeypatch.setattr(fetch_module, "Download", partial(Download, longest=0.3))
    offered.delay = 1.5
    with pytest.raises(DataError, match="a download takes too long"):
        fetch("mnist", data_dir)
    assert not data_dir.parent.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.usefixtures("offered")
def test_pipe_is_not_replaced(data_dir: Path) -> None:
    """What is no file at the place of a file is neither read nor replaced."""
    (data_dir / "mnist").mkdir(parents=True)
    os.mkfifo(data_dir / "mnist" / next(catalog.find_known("mnist").files).name)
    with pytest.raises(DataError, match="a data file cannot be written"):
        fetch("mnist", data_dir)
