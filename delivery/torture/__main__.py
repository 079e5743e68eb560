"""Kills, faults and long runs (`make torture`): python -m delivery.torture [PART...] [--short].

Every part is bounded in time. The rows of the parts that ran replace those in docs/torture.json, and docs/torture.md is
written from it; `--short` runs a little of all but `fuzz` and `stepped`, and writes nothing.
Exit codes: 0 everything was good, 1 something was not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import attrs

from delivery.torture import table
from delivery.torture.data_scenes import harm_data
from delivery.torture.faults import make_expected, run_call_faults
from delivery.torture.kills import run_kills
from delivery.torture.many_runs import list_many
from delivery.torture.soak import run_soak
from delivery.torture.subjects import SUBJECTS
from delivery.torture.surroundings import run_scenes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_STEPPED = ("tests/appliance/runs/test_never_lost.py", "tests/verify/judging/test_damaged_runs.py")


@attrs.frozen(kw_only=True)
class Amount:
    """How much of everything is done.

    Args:
        trials: kills.
        signals: trials for each other signal.
        stride: every so many-th call fails.
        seconds: of all long runs together.
        cases: damaged files for each reader.
        short: few sizes of every surrounding.
        jobs: processes at a time.
    """

    trials: int = 200
    signals: int = 20
    stride: int = 1
    seconds: float = 600.0
    cases: int = 100_000
    short: bool = False
    jobs: int = os.cpu_count() or 1


SHORT = Amount(trials=20, signals=2, stride=16, seconds=20.0, cases=200, short=True)


def _kill(amount: Amount, place: Path) -> Iterable[Any]:
    return run_kills(amount.trials, place, jobs=amount.jobs, tell=_tell)


def _signal(amount: Amount, place: Path) -> Iterable[Any]:
    chosen = SUBJECTS[:2]
    return run_kills(amount.signals, place, names=("SIGTERM", "SIGINT"), subjects=chosen, jobs=amount.jobs, tell=_tell)


def _fail(amount: Amount, place: Path) -> Iterable[Any]:
    return run_call_faults(place, make_expected(place / "undisturbed"), stride=amount.stride, tell=_tell)


def _surround(amount: Amount, place: Path) -> Iterable[Any]:
    return run_scenes(place, make_expected(place / "undisturbed"), short=amount.short, tell=_tell)


def _harm(_: Amount, place: Path) -> Iterable[Any]:
    return [harm_data(place)]


def _soak(amount: Amount, _: Path) -> Iterable[Any]:
    shares = (("epochs", 0.4, 10_000), ("trainings", 0.3, 200), ("checkpoints", 0.3, 1_000_000))
    return [run_soak(kind, amount.seconds * share, most) for kind, share, most in shares]


def _list(_: Amount, place: Path) -> Iterable[Any]:
    return [list_many(place)]


def _fuzz(amount: Amount, _: Path) -> Iterable[Any]:
    subprocess.run([sys.executable, "-m", "delivery.fuzz", "--cases", str(amount.cases)], check=True)
    return ()


def _step(_: Amount, __: Path) -> Iterable[Any]:
    environment = {**os.environ, "TORTURE": "1"}
    subprocess.run([sys.executable, "-m", "pytest", "-q", *_STEPPED], env=environment, check=True)
    return ()


PARTS: dict[str, Callable[[Amount, Path], Iterable[Any]]] = {
    "fuzz": _fuzz,
    "stepped": _step,
    "kills": _kill,
    "signals": _signal,
    "faults": _fail,
    "scenes": _surround,
    "data": _harm,
    "soak": _soak,
    "runs": _list,
}
_UNTABLED = ("fuzz", "stepped")
_MEMORY = Path("/dev/shm")  # noqa: S108 - only for folders that TemporaryDirectory makes


def _tell(row: Any) -> None:  # noqa: ANN401 - a row of any part
    values = {key: value for key, value in attrs.asdict(row).items() if key not in ("how", "titles", "complaints")}
    print("  ", *(f"{key} {value}" for key, value in values.items()), flush=True)
    for complaint in row.complaints:
        print("   WRONG:", complaint, flush=True)


def _find_memory() -> Path | None:
    """Return a file system in memory: a kill loses nothing that the system has, and a disk would only be slower."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m delivery.torture", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all by default")
    parser.add_argument("--short", action="store_true", help="a little of all but fuzz and stepped; nothing is written")
    parser.add_argument("--trials", type=int, help="kills")
    parser.add_argument("--stride", type=int, help="every so many-th call of the system fails")
    parser.add_argument("--seconds", type=float, help="of the long runs together")
    parser.add_argument("--cases", type=int, help="damaged files for each reader")
    given = parser.parse_intermixed_args()
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}")
    changed = {name: getattr(given, name) for name in ("trials", "stride", "seconds", "cases")}
    amount = attrs.evolve(SHORT if given.short else Amount(), **{k: v for k, v in changed.items() if v is not None})
    chosen = given.parts or [part for part in PARTS if not (given.short and part in _UNTABLED)]
    return _run(chosen, amount, keep=not given.short)


def _run(chosen: list[str], amount: Amount, *, keep: bool) -> int:
    """Run the parts, and keep their rows."""
    parts = table.read_rows() if keep else {}
    found: dict[str, table.Rows] = {}
    for part in chosen:
        begun = time.monotonic()
        print(f"{part}:", flush=True)
        with TemporaryDirectory(prefix="torture-", dir=_find_memory(), ignore_cleanup_errors=True) as folder:
            rows = list(PARTS[part](amount, Path(folder)))
        if part in ("data", "soak", "runs"):
            for row in rows:
                _tell(row)
        print(f"   {time.monotonic() - begun:.0f} s", flush=True)
        if part not in _UNTABLED:
            found[part] = table.to_rows(rows)
            parts[part] = found[part]
        if keep and parts:
            table.write(parts)
    return 1 if table.list_complaints(found) else 0


if __name__ == "__main__":
    sys.exit(main())
