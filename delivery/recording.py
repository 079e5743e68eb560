"""Records a run of `vary` as a picture for the README: `make recording` writes docs/vary.svg."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import copyfile

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "examples/first-look/train.py"
PICTURE = ROOT / "docs/vary.svg"
WORDS = ("vary", "--axes", "threads,kernel,hash-seed,locale", "--", "python", "train.py")
WIDTH = 82

# The fonts are those of the reader: a picture in a page may load nothing.
_FORMAT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
aria-labelledby="{unique_id}-title">
<title id="{unique_id}-title">A terminal: the command vary, and its answer</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
<rect fill="#17191d" width="{width}" height="{height}" rx="8" />
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run_vary() -> str:
    """Return what the command prints, run in a new directory with a copy of the program."""
    with tempfile.TemporaryDirectory() as folder:
        copyfile(PROGRAM, Path(folder) / PROGRAM.name)
        places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": places, "COLUMNS": "80", "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "appliance", *WORDS], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode != 1:
        raise SystemExit(f"vary found no difference here (exit code {done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def draw(answer: str) -> str:
    """Return a terminal with the command and its answer as SVG.

    Args:
        answer: what the command printed; its first paragraph, the sentence, is shown in bold.
    """
    sentence, _, rest = answer.strip().partition("\n\n")
    shown = Text.assemble(
        ("$ ", "green"), f"repro-appliance {' '.join(WORDS)}\n\n", (sentence, "bold yellow"), f"\n\n{rest}"
    )
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(shown, soft_wrap=False)
    return console.export_svg(title="", code_format=_FORMAT, unique_id="vary")


def main() -> None:
    """Run the command and write the picture."""
    PICTURE.write_text(draw(run_vary()), encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
