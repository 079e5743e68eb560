"""Opens every page in every view, then a bad page: python -m delivery.browser PAGES AXE SHOTS [NAME...].

Exit codes: 0 nothing is wrong, 1 something is, or the bad page was not noticed, 3 there is no browser.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from delivery.browser.looking import VIEWS, look_at, open_browser

# What the bad page does wrong; each kind must be reported in every view.
PLANTED = ("access", "console", "keyboard", "request", "width")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_BAD = Path(__file__).parent / "bad.html"


def find_browser() -> str | None:
    """Return the path of a Chromium."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def main(pages: Path, axe: Path, shots: Path, names: list[str]) -> int:
    """Look at all pages or at those that are named; print one line for each, and what is wrong."""
    program = find_browser()
    if program is None:
        print("missing: chromium; on Debian: apt-get install chromium", file=sys.stderr)
        return 3
    text, failed = axe.read_text(encoding="utf-8"), 0
    shots.mkdir(parents=True, exist_ok=True)
    chosen = [page for page in sorted(pages.glob("*.html")) if not names or page.stem in names]
    if not chosen:
        print("FAIL  there is no page")
        return 1
    with open_browser(program) as browser:
        for page in chosen:
            offences = [
                f"{view}: {offence}" for view in VIEWS for offence in look_at(browser, page, view, text, shots).offences
            ]
            failed += bool(offences)
            print("\n      ".join([f"{'FAIL' if offences else 'ok  '}  {page.stem}, {len(VIEWS)} views", *offences]))
        for view in VIEWS:
            kinds = {offence.partition(":")[0] for offence in look_at(browser, _BAD, view, text).offences}
            missed = sorted(set(PLANTED) - kinds)
            failed += bool(missed)
            print(f"{'FAIL' if missed else 'ok  '}  control: a bad page, {view}: {', '.join(missed) or 'all noticed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    folders = [Path(word).absolute() for word in sys.argv[1:4]]
    sys.exit(main(folders[0], folders[1], folders[2], sys.argv[4:]))
