"""A web server on 127.0.0.1 that misbehaves on request."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@attrs.define(kw_only=True)
class Site:
    """What a server offers, by path; `failures` are requests yet to be answered with 503; `seen` what was asked.

    `delay` is the number of seconds before an answer.
    """

    pages: dict[str, bytes]
    address: str = ""
    failures: int = 0
    missing_bytes: int = 0
    delay: float = 0.0
    seen: list[str] = attrs.field(factory=list)
    encodings: list[str | None] = attrs.field(factory=list)


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """Serve a site on a free port, `site.address` being where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.seen.append(self.path)
            if site.delay:
                time.sleep(site.delay)
            site.encodings.append(self.headers["Accept-Encoding"])
            page = site.pages.get(self.path)
            if site.failures or page is None:
                self.send_error(503 if site.failures else 404)
                site.failures = max(0, site.failures - 1)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page[: len(page) - site.missing_bytes])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def list_files(folder: Path) -> list[str]:
    """Return what is in a folder, at any depth."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
