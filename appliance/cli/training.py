"""The train command: one run, its directory, its summary."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.config import Config
    from verify.files.record import RunRecord

    Progress = Callable[[int, int, int], None]


def run_train(
    config: str,
    *,
    seed: int | None,
    profile: str,
    threads: int,
    micro_batches: int,
    data_dir: Path | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Train, write the run directory and print a summary on stderr, or the record on stdout; return the exit code."""
    from appliance.config import load_config  # noqa: PLC0415
    from appliance.launch.seeding import seed_everything  # noqa: PLC0415
    from appliance.runs.directory import name_run, reserve_place, write_run  # noqa: PLC0415
    from appliance.training.execute import run_training  # noqa: PLC0415
    from verify.files.record import RECORD  # noqa: PLC0415

    chosen = load_config(config, seed=seed)
    place = out or Path("runs") / name_run(chosen, profile)
    reserve_place(place)
    seed_everything(chosen.seed, torch="loaded")
    with show_progress(chosen) as progress:
        record = run_training(
            chosen,
            profile=profile,
            threads=threads,
            micro_batches=micro_batches,
            data_dir=data_dir,
            progress=progress,
        )
    written = write_run(record, place)
    if as_json:
        print(RECORD.format(written), end="")
    else:
        print(summarize_run(written), file=sys.stderr)
    return 0


def summarize_run(record: RunRecord) -> str:
    """Return a record as a few lines of text."""
    head = f"{record.config}  seed {record.seed}  {record.profile} {record.precision}  bits {record.bits}"
    rows = [
        f"  epoch {row.epoch:>3}  train loss {row.train_loss:.6f}  test loss {row.test_loss:.6f}"
        f"  test accuracy {row.test_accuracy:.4f}"
        for row in record.epochs
    ]
    from verify.files.record import STAGES  # noqa: PLC0415

    digests = [f"  {stage:<16} {getattr(record.digests, stage)}" for stage in STAGES]
    timing = record.timing
    tail = f"  {timing['seconds']:.2f} s, {timing['examples_per_second']:,.0f} examples/s; written to {record.run_dir}"
    return "\n".join([head, *rows, *digests, tail])


@contextmanager
def show_progress(config: Config) -> Iterator[Progress | None]:
    """Give a function that advances a progress bar on stderr; None where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[int, Any] = {}

        def advance(epoch: int, done: int, total: int) -> None:
            if epoch not in tasks:
                tasks[epoch] = bar.add_task(f"{config.name} epoch {epoch}/{config.training.epochs}", total=total)
            bar.advance(tasks[epoch], done)

        yield advance
