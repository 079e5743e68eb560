"""Downloads one file within limits."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from appliance.errors import DataError
from verify.digests import digest_file

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 1 << 28  # bytes; the largest published file has a tenth of it
LONGEST = 900.0  # seconds
_CHUNK_BYTES = 1 << 16
_TIMEOUT_SECONDS = 30  # without a byte from the server


class ProgressBar(Protocol):
    """Shows the progress of one file, in bytes (the protocol of pooch's custom progress bars)."""

    @property
    def total(self) -> float | None:
        """The size of the file in bytes; None while unknown."""

    @total.setter
    def total(self, count: int) -> None: ...

    def update(self, count: int) -> None:
        """Add `count` bytes."""

    def reset(self) -> None:
        """Start again at zero."""

    def close(self) -> None:
        """Stop drawing."""


class _Meter:
    """A progress bar that ends the download at its limit of bytes, or when it is stopped."""

    def __init__(self, bar: ProgressBar | None, largest: int) -> None:
        self._bar = bar
        self._largest = largest
        self._received = 0
        self.stopped = False
        self.total: float | None = None

    def update(self, count: int) -> None:
        """Add `count` bytes; raise an error beyond the limit."""
        self._received += count
        if self.stopped or self._received > self._largest + _CHUNK_BYTES or (self.total or 0) > self._largest:
            raise DataError("a download is too large", expected=f"at most {self._largest} bytes", found="more")
        if self._bar:
            self._bar.total = int(self.total or 0)
            self._bar.update(count)

    def reset(self) -> None:
        """Start again at zero."""
        self._received = 0
        if self._bar:
            self._bar.reset()

    def close(self) -> None:
        """Leave the bar to its owner, who closes it whatever happened."""


class Download:
    """A pooch downloader with limits, which makes files readable to all and keeps the digest of what it received.

    Args:
        downloader: the class that downloads, pooch's HTTPDownloader.
        make_bar: makes a progress bar; it may return None.
        largest: the size in bytes up to which a file is received.
        longest: the seconds after which the download has failed.
    """

    def __init__(
        self,
        downloader: Callable[..., Callable[..., object]],
        make_bar: Callable[[], ProgressBar | None],
        *,
        largest: int = LARGEST,
        longest: float = LONGEST,
    ) -> None:
        self._downloader = downloader
        self._make_bar = make_bar
        self._largest = largest
        self._longest = longest
        self.received = ""

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download an address into a file."""
        bar = self._make_bar()
        meter = _Meter(bar, self._largest)
        headers = {"Accept-Encoding": "identity"}
        self.received = ""
        try:
            download = self._downloader(meter, _CHUNK_BYTES, headers=headers, timeout=_TIMEOUT_SECONDS)
            _run_within(self._longest, lambda: download(url, output_file, pooch), meter)
        finally:
            if bar:
                bar.close()
        path = Path(output_file)
        path.chmod(0o644)
        self.received = digest_file(path)


def _run_within(seconds: float, work: Callable[[], object], meter: _Meter) -> None:
    """Do the work in a thread, so that a server that sends a byte now and then cannot hold this one up.

    Raises:
        DataError: it is not done in time; the thread ends with its next byte.
        BaseException: what the work raised.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        meter.stopped = True
        raise DataError("a download takes too long", expected=f"at most {seconds:g} seconds", found="more")
    if failures:
        failure = failures.pop()
        try:
            raise failure
        finally:
            del failure  # no reference cycle that would keep the connection open
