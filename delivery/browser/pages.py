"""Makes one report of every kind from real runs and answers: python -m delivery.browser.pages FOLDER."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from delivery.variants import ROOT

_PROGRAM = (sys.executable, "-P", "-m", "appliance")
# What it prints stands on a page, too, where it must stay text.
_SCRIPT = """\
import numpy as np
values = np.random.default_rng(0).normal(size=(300, 300)).astype("f4")
np.save("out.npy", values @ values)
print(sorted({"<img/src=x/onerror=alert(1)>", "<script>alert(1)</script>", "a"}, key=hash))
"""
_TRAININGS: tuple[tuple[str, ...], ...] = (
    ("smoke", "--out", "one"),
    ("smoke", "--seed", "5", "--out", "two"),
    ("smoke", "--profile", "native", "--out", "native"),
    ("baseline", "--out", "baseline"),
    ("regression", "--out", "regression"),
    ("convnet-small", "--out", "convnet"),
    ("transformer-small", "--out", "transformer"),
)
_ANSWERS: dict[str, tuple[str, ...]] = {
    "diff": ("diff", "one", "two"),
    "classes": ("diff", "one", "two", "native"),
    "why": ("why", "one", "native"),
    "verify": ("verify", "smoke"),
    "agree": ("agree", "verify.json"),
    "vary": ("vary", "--axes", "hash-seed,kernel,threads,date", "--budget", "60s"),
    "checklist": ("checklist", "one"),
    "cost": ("benchmark", "--suite", "cost", "--quick", "--parts", "steps"),
}
PAGES: dict[str, tuple[str, ...]] = {
    "run": ("baseline",),
    "regression": ("regression",),
    "convnet": ("convnet",),
    "transformer": ("transformer",),
    "pair": ("one", "two"),
    "several": ("one", "two", "native"),
    "fleet": (str(ROOT / "docs" / "fleet.json"),),
    **{name: (f"{name}.json",) for name in _ANSWERS},
    "mixed": ("one", "vary.json", "why.json", "verify.json", "cost.json"),
}


def make_pages(folder: Path) -> None:
    """Write `pages/NAME.html` for every kind of report; what its trainings and answers write is kept beside it.

    Raises:
        RuntimeError: a command failed.
    """
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    (folder / "pages").mkdir(exist_ok=True)
    (work / "program.py").write_text(_SCRIPT, encoding="ascii")
    for training in _TRAININGS:
        _call(work, "train", "--config", *training)
    for name, arguments in _ANSWERS.items():
        rest = ("--", sys.executable, "program.py") if name == "vary" else ()
        (work / f"{name}.json").write_text(_call(work, *arguments, "--json", *rest), encoding="utf-8")
    for name, arguments in PAGES.items():
        _call(work, "report", *arguments, "-o", str(folder / "pages" / f"{name}.html"))


def _call(work: Path, *arguments: str) -> str:
    """Return what a command prints; 1 and 3 are answers, too."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*_PROGRAM, *arguments]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3) or (arguments[0] == "report" and done.returncode):
        raise RuntimeError(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    make_pages(Path(sys.argv[1]).absolute())
