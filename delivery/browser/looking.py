"""Looks at pages in a browser: what is wrong with each, in words.

It needs Playwright, which only the environment of `make report-check` has, and the text of axe-core.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VIEWS = {
    "phone-light": (360, 740, "light"),
    "phone-dark": (360, 740, "dark"),
    "desktop-light": (1280, 900, "light"),
    "desktop-dark": (1280, 900, "dark"),
}
_SMALLEST_PRINT = 10_000  # bytes; an empty page has less
# Rules that axe-core knows and does not apply on its own.
_AXE = "axe.run(document, {rules: {'target-size': {enabled: true}}})"
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_OPEN = "document.querySelectorAll('details').forEach(part => { part.open = true })"
_FOCUSED = "document.activeElement.className"
_HIDDEN = (
    "(() => { const box = document.activeElement.getBoundingClientRect();"
    " return box.right <= 0 || box.bottom <= 0 || box.width === 0 })()"
)


@attrs.define
class Look:
    """What one page did in one view.

    Args:
        offences: what is wrong, each with its kind first.
        requests: the addresses that were asked for, but for the page itself.
    """

    offences: list[str] = attrs.field(factory=list)
    requests: list[str] = attrs.field(factory=list)


@contextmanager
def open_browser(program: str) -> Iterator[Any]:
    """Give a browser without a window, which is not connected to anything."""
    library: Any = importlib.import_module("playwright.sync_api")
    with library.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def look_at(browser: Any, page: Path, view: str, axe: str, shots: Path | None = None) -> Look:  # noqa: ANN401
    """Open a page in one view, folded and unfolded, and return what is wrong with it."""
    width, height, scheme = VIEWS[view]
    found = Look()
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True, device_scale_factor=1
    )
    try:
        sheet = context.new_page()
        sheet.on("console", lambda message: found.offences.append(f"console: {message.text}"))
        sheet.on("pageerror", lambda error: found.offences.append(f"console: {error}"))
        sheet.on("request", lambda request: found.requests.append(request.url))
        sheet.goto(page.as_uri())
        found.requests = [url for url in found.requests if url != page.as_uri() and not url.startswith("data:")]
        _measure(sheet, found, "folded")
        _press_tab(sheet, found)
        if shots is not None:
            sheet.screenshot(path=str(shots / f"{page.stem}-{view}.png"), full_page=True)
        sheet.evaluate(_OPEN)
        _measure(sheet, found, "unfolded")
        _check_access(sheet, found, axe)
        if scheme == "light" and shots is not None:
            _print(sheet, found, shots / f"{page.stem}-{view}.pdf")
    finally:
        context.close()
    found.offences += [f"request: {url}" for url in found.requests if url != page.as_uri()]
    return found


def _measure(sheet: Any, found: Look, state: str) -> None:  # noqa: ANN401
    over = sheet.evaluate(_TOO_WIDE)
    if over > 0:
        found.offences.append(f"width: {state}, {over} pixels more than the window")


def _press_tab(sheet: Any, found: Look) -> None:  # noqa: ANN401
    """The first key of a keyboard reader must show the link to the main part."""
    sheet.keyboard.press("Tab")
    if sheet.evaluate(_FOCUSED) != "skip" or sheet.evaluate(_HIDDEN):
        found.offences.append("keyboard: the first stop is no visible link to the report")
    sheet.evaluate("document.activeElement.blur()")


def _check_access(sheet: Any, found: Look, axe: str) -> None:  # noqa: ANN401
    sheet.evaluate(axe)
    for violation in sheet.evaluate(_AXE)["violations"]:
        places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
        found.offences.append(f"access: {violation['id']}: {violation['help']}: {len(places)} times, {places[0]}")


def _print(sheet: Any, found: Look, path: Path) -> None:  # noqa: ANN401
    """Print on A4 paper."""
    paper = sheet.pdf(path=str(path), format="A4", margin=dict.fromkeys(("top", "right", "bottom", "left"), "15mm"))
    if not paper.startswith(b"%PDF") or len(paper) < _SMALLEST_PRINT:
        found.offences.append(f"paper: {len(paper)} bytes")
