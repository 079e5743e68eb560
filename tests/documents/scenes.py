"""What a page needs that it does not make itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from documents.parsing import ROOT

if TYPE_CHECKING:
    from documents.running import Reader

_PROGRAM = """import sys
import numpy as np


def train():
    return np.arange(4.0)


if __name__ == "__main__":
    path = sys.argv[sys.argv.index("--out") + 1] if "--out" in sys.argv else "model.npz"
    np.savez(path, w=train() @ train())
"""
_TEST = """from train import train


def test_it(array_golden):
    array_golden.check(train())
"""
_BIG = """schema = "repro-appliance/config/1"
name = "big"
seed = 1
precision = "f32"

[data]
source = "stored"
directory = "big"

[model]
layers = [784, 16, 10]

[training]
epochs = 1
batch_size = 1024

[optimizer]
name = "sgd"
learning_rate = 0.1
"""


def prepare_page(page: str, reader: Reader) -> None:
    """Make what the blocks of a page need, in the folder where its commands run."""
    if page.startswith("examples/"):
        shutil.copytree(ROOT / Path(page).parent, reader.folder, dirs_exist_ok=True)
    else:
        _place_program(reader.folder)
        if page == "docs/data.md":
            (reader.folder / "big.toml").write_text(_BIG, encoding="utf-8")
    _run_lines(reader, *_LINES.get(page, ()))


def copy_missing(source: Path, target: Path) -> None:
    """Copy what is in one folder into another, except what is there already."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif not place.exists():
            shutil.copy2(path, place)


def furnish(reader: Reader) -> None:
    """Make the folder in which commands of running texts run: runs, a golden, reports."""
    _place_program(reader.folder)
    (reader.folder / "tests").mkdir()
    (reader.folder / "tests" / "test_x.py").write_text(_TEST, encoding="utf-8")
    _run_lines(reader, *_FURNITURE)


def _place_program(folder: Path) -> None:
    (folder / "train.py").write_text(_PROGRAM, encoding="utf-8")
    np.save(folder / "new.npy", np.zeros((2, 28, 28), np.uint8))
    for name in ("theirs", "yours"):
        np.savez(folder / f"{name}.npz", w=np.arange(3.0))


def _run_lines(reader: Reader, *lines: str) -> None:
    for line in lines:
        done = reader.run_quickly(line)
        if done.returncode:
            raise RuntimeError(f"{line}\n{done.stdout}{done.stderr}")


_FURNITURE = (
    "repro-appliance train smoke --out runs/a",
    "repro-appliance train smoke --out runs/b",
    "repro-appliance train smoke --out runs/c",
    "mkdir results && cp -r runs/a results/a",
    "repro-appliance config new mine.toml --from smoke",
    "repro-appliance golden record mine.toml",
    "mkdir reports",
    "cp train.py tests/",
    "pytest -q --golden-update tests || true",
    "repro-appliance export runs/a --format bundle -o bundle.zip",
    "repro-appliance verify smoke --json >reports/one.json",
    "cp reports/one.json reports/two.json",
    "repro-appliance trace -o traces/a -- python train.py",
    "repro-appliance trace -o traces/b -- python train.py",
)
_MINE = "repro-appliance config new mine.toml --from smoke"
_SMOKE = "runs/smoke-1-portable-d01dc4a1"
_LINES: dict[str, tuple[str, ...]] = {
    "docs/data.md": (_MINE,),
    "docs/goldens.md": (_MINE,),
    "docs/explain.md": _FURNITURE[:2],
    "docs/runs.md": (
        "repro-appliance train baseline",
        "repro-appliance train smoke",
        f"cp -r {_SMOKE} r",
        "repro-appliance train smoke --seed 7 --out runs/other",
        "mkdir runs/sent && echo { >runs/sent/record.json",
        "OPENBLAS_CORETYPE=Haswell repro-appliance train smoke --profile native --out haswell",
        "OPENBLAS_CORETYPE=Nehalem repro-appliance train smoke --profile native --out nehalem",
    ),
}
