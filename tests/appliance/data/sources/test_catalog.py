"""The catalog: what is known of the published sets."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from appliance.config.schema import DataConfig
from appliance.data.sources import catalog
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


NAMES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]


@pytest.mark.parametrize("known", catalog.KNOWN_SETS, ids=lambda known: known.name)
def test_entry_is_complete(known: catalog.KnownSet) -> None:
    """Every published set has a licence, mirrors, four digests, all different, and the published counts."""
    assert known.licence
    assert len(known.mirrors) >= 2
    assert all(re.fullmatch(r"https?://\S+/", mirror) for mirror in known.mirrors)
    files = list(known.files)
    assert [file.name for file in files] == NAMES
    assert [file.rank for file in files] == [3, 1, 3, 1]
    assert (known.sample_shape, known.classes) == ((28, 28), 10)
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file.digest) for file in files)
    assert len({file.digest for file in files}) == 4
    assert (known.train.samples, known.test.samples) == (60_000, 10_000)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_configured_source_is_known(name: str) -> None:
    """A source that a configuration may name is found by that name."""
    assert catalog.find_known(DataConfig(source=name).source).name == name


@pytest.mark.parametrize("name", ["", "MNIST", "cifar10", "synthetic"])
def test_unknown_name_is_reported(name: str) -> None:
    """A name that is not in the catalog is a usage error that lists the names that are."""
    with pytest.raises(UsageError, match="no such published data set") as caught:
        catalog.find_known(name)
    assert caught.value.expected == "mnist or fashion-mnist"


@pytest.mark.parametrize("known", catalog.KNOWN_SETS, ids=lambda known: known.name)
def test_digests_are_those_of_the_published_files(known: catalog.KnownSet, real_data: Path) -> None:
    """The files as published have the digests that the catalog expects."""
    for file in known.files:
        content = known.locate(file, real_data).read_bytes()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == file.digest


@pytest.mark.checkout
def test_page_shows_the_same_digests(checkout: Path) -> None:
    """Every digest of the catalog is in docs/data.md in the row of its file, and there is no other."""
    page = (checkout / "docs" / "data.md").read_text(encoding="utf-8")
    rows = [[cell.strip("` ") for cell in line.split("|")[1:-1]] for line in page.splitlines() if "ubyte.gz` |" in line]
    files = zip(*(known.files for known in catalog.KNOWN_SETS), strict=True)
    assert rows == [[pair[0].name, *(file.digest.removeprefix("sha256:") for file in pair)] for pair in files]
