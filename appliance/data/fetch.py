"""Downloading the files of a published data set, each checked before it is put in place."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.data.download import Download, ProgressBar
from appliance.data.sources.catalog import KnownFile, KnownSet, find_known
from appliance.errors import DataError
from verify.errors import UsageError, advise_access

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RETRIES = 2
_ADDRESS = re.compile(r"https?://[^/\s]+(/\S*)?\Z")
_BY_HAND = "check the network, or place the files by hand as docs/data.md describes"


def fetch(
    name: str,
    data_dir: Path,
    base_url: str | None = None,
    progress: Callable[[str], ProgressBar] | None = None,
    *,
    retries: int = RETRIES,
) -> list[Path]:
    """Download what is missing of a published set and return the paths of its files.

    A file is downloaded to a temporary name in its folder, its SHA-256 is checked, and only then it is renamed. A file
    that is already right stays as it is; a wrong one is replaced. Mirrors are tried in order.

    Args:
        name: the set, as in the catalog.
        data_dir: the data directory, created if it does not exist.
        base_url: an http or https address to use instead of the catalog's mirrors.
        progress: makes a progress bar from a file's name; silent if not given.
        retries: how often a mirror is tried again, after 1, 2, ... seconds.

    Raises:
        UsageError: no such set, or an address that is neither http nor https.
        DataError: no mirror sent the published bytes, or the directory cannot be written.
    """
    known = find_known(name)
    mirrors = known.mirrors if base_url is None else (_check_address(base_url),)
    folder = data_dir / known.name
    fresh = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        return [_fetch_file(known, file, folder, mirrors, retries, progress) for file in known.files]
    except BaseException:
        for path in fresh:
            _remove_empty(path)
        raise


def _fetch_file(
    known: KnownSet,
    file: KnownFile,
    folder: Path,
    mirrors: tuple[str, ...],
    retries: int,
    progress: Callable[[str], ProgressBar] | None,
) -> Path:
    """Return a file's path, after trying one mirror after the other."""
    failures: list[DataError] = []
    for mirror in mirrors:
        try:
            return _fetch_from(mirror, file, folder, retries, progress)
        except DataError as error:
            failures.append(error)
    last = failures[-1]
    found = "; ".join(f"{error.where}: {error.found}" for error in failures)
    remedy = advise_access(last.__cause__) or f"{_BY_HAND}; the set's own page is {known.source}"
    raise DataError(last.title, expected=last.expected, found=found, where=folder / file.name, remedy=remedy)


def _fetch_from(
    mirror: str, file: KnownFile, folder: Path, retries: int, progress: Callable[[str], ProgressBar] | None
) -> Path:
    """Return a file's path, from one mirror.

    Raises:
        DataError: `where` is the address.
    """
    try:
        import pooch  # type: ignore[import-untyped]  # noqa: PLC0415 (only where something is downloaded)
        from requests.exceptions import RequestException  # noqa: PLC0415
    except ImportError:
        raise DataError("pooch is not installed, nothing can be downloaded", where=mirror, remedy=_BY_HAND) from None
    download = Download(pooch.HTTPDownloader, lambda: progress(file.name) if progress else None)
    keeper = pooch.create(folder, mirror, registry={file.name: file.digest}, retry_if_failed=retries)
    title, expected = "a data file cannot be downloaded", "the file"
    _require_replaceable(folder / file.name)
    try:
        with _quiet(pooch.get_logger()):
            return Path(keeper.fetch(file.name, downloader=download))
    except DataError as error:
        title, expected, found = error.title, str(error.expected), str(error.found)
    except RequestException as error:
        found = _describe(error)
    except ValueError as error:
        found = download.received or _describe(error)
        if download.received:
            title, expected = "a downloaded file is not the published one", file.digest
    except OSError as error:
        written = {"expected": "a writable directory", "found": _describe(error), "where": mirror + file.name}
        raise DataError("a data file cannot be written", **written) from error
    raise DataError(title, expected=expected, found=found, where=mirror + file.name)


def _require_replaceable(path: Path) -> None:
    """Raise an error for a pipe, a device or a directory of this name, which nobody should read or replace."""
    if path.exists() and not path.is_file():
        raise DataError("a data file cannot be written", expected="a regular file", found="something else", where=path)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Silence a logger inside the block."""
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _check_address(address: str) -> str:
    """Return a base address that ends with a slash."""
    if not _ADDRESS.match(address):
        raise UsageError("not an address to download from", expected="http://... or https://...", found=address)
    return address if address.endswith("/") else address + "/"


def _describe(error: Exception) -> str:
    """Return an exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _remove_empty(folder: Path) -> None:
    """Remove a folder if it is empty."""
    try:
        folder.rmdir()
    except OSError:
        return
