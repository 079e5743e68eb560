"""From a configuration to its run directory in one call."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.checkpoints.finding import identify
from appliance.checkpoints.folder import name_folder
from appliance.checkpoints.opening import Plan, open_checkpoints
from appliance.config import load_config
from appliance.launch.seeding import seed_everything
from appliance.numerics.exchange import ALONE, lead
from appliance.runs.directory import name_run, reserve_place, write_run
from appliance.runs.traced import TracePlan, record_training
from appliance.training.execute import Checking, run_training
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from appliance.checkpoints.session import Session
    from appliance.config import Config
    from appliance.numerics.exchange import Exchange
    from appliance.training.loop import Progress
    from appliance.training.record import Record
    from verify.digests import JsonValue
    from verify.files.record import RunRecord

    ShowProgress = Callable[[Config], AbstractContextManager[Progress | None]]


@attrs.frozen(kw_only=True)
class Request:
    """What to train, and where to write the run.

    Args:
        config: a named configuration or the path of one.
        overrides: other values for some keys, as in "training.epochs=3".
        seed: another seed than the configuration's; None for its own.
        profile: the arithmetic to train in.
        threads: BLAS threads.
        micro_batches: parts of a batch, for less memory.
        check: which exact products and sums are checked; see `run_training`.
        data_dir: where data files are; None for the usual places.
        out: the run directory; None for one named after configuration, seed and profile, in runs/.
        trace: what is recorded of the training; None for no trace.
        checkpoints: when there are checkpoints, and whether to go on from one.
    """

    config: str
    overrides: tuple[str, ...] = ()
    seed: int | None = None
    profile: str = "portable"
    threads: int = 1
    micro_batches: int = 1
    check: Checking = "first"
    data_dir: Path | None = None
    out: Path | None = None
    trace: TracePlan | None = None
    checkpoints: Plan = attrs.field(factory=Plan)


def train_and_write(request: Request, show_progress: ShowProgress, exchange: Exchange = ALONE) -> RunRecord:
    """Train, write the run directory, and return the record as written; only the first worker writes.

    Raises:
        ApplianceError: the configuration, the data or the place is not usable, or training failed.
        KeptInterrupt: the training was interrupted, and there are checkpoints.
    """
    if exchange.count > 1 and request.trace is not None and request.trace.level == "step":
        raise UsageError("--trace step records one process", found=f"{exchange.count} workers", remedy="--trace epoch")
    config = load_config(request.config, seed=request.seed, overrides=request.overrides)
    place = request.out or Path("runs") / name_run(config, request.profile)
    lead(exchange, partial(reserve_place, place, config, request.profile))
    identity = identify(config, request.profile, None if request.trace is None else request.trace.level)
    with open_checkpoints(_find_folder(place), identity, request.checkpoints, exchange) as session:
        seed_everything(config.seed, torch="loaded")
        record, trace = _train(request, config, session, show_progress, exchange)
        return lead(exchange, partial(_write, record, place, trace, session))


def _find_folder(place: Path) -> Path:
    """Return the folder of the checkpoints beside the run directory, which may be named by a link."""
    whole = place.resolve()
    return name_folder(place if place.name == whole.name else whole)


def _write(record: Record, place: Path, trace: Path | None, session: Session) -> RunRecord:
    """Write the run directory under the lock of the training; afterwards no checkpoint is needed."""
    written = write_run(record, place, trace)
    session.finish()
    return written


def _train(
    request: Request, config: Config, session: Session, show_progress: ShowProgress, exchange: Exchange
) -> tuple[Record, Path | None]:
    """Train; return the record with the directory of the trace, where there is one."""
    started: dict[str, JsonValue] = {
        "profile": request.profile,
        "threads": request.threads,
        "micro_batches": request.micro_batches,
    }
    with show_progress(config) as progress, ExitStack() as stack:
        trace = recorded = None
        if request.trace is not None and exchange.index == 0:
            recorded, resume = session.begin_trace()
            trace = stack.enter_context(record_training(request.trace, recorded, started, resume))
        record = run_training(
            config,
            profile=request.profile,
            threads=request.threads,
            micro_batches=request.micro_batches,
            check=request.check,
            data_dir=request.data_dir,
            progress=progress,
            trace=trace,
            exchange=exchange,
            checkpoints=session,
        )
    return record, recorded
