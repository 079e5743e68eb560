"""Records goldens: trains a configuration and writes down what must come out again."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from appliance.training.execute import certify_wholly, run_training
from appliance.verification.subjects import find_subject
from appliance.verification.traced import train_traced
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.golden import build_golden, build_native, seal
from verify.files.goldens import check_may_write, is_installed, read_golden, write_golden
from verify.judging.inventory import describe_changes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config
    from appliance.verification.retraining import Train
    from appliance.verification.subjects import Subject
    from verify.files.golden import Golden, NativeOutcome

RECORD_SCHEMA = "repro-appliance/golden-record/1"


@attrs.frozen(kw_only=True)
class Recording:
    """How a golden is made.

    Args:
        native: also expect the result of native arithmetic on this class of machine.
        trace: also commit to the trace of every step.
        replace: overwrite the golden that exists.
        data_dir: where data files are; None for the usual places.
        threads: BLAS threads.
        golden_dir: where to write; None for the usual place of the configuration (`find_subject`).
        train: what trains; None for `run_training`.
    """

    native: bool = False
    trace: bool = False
    replace: bool = False
    data_dir: Path | None = None
    threads: int = 1
    golden_dir: Path | None = None
    train: Train | None = None


@attrs.frozen(kw_only=True)
class Recorded:
    """A golden that was written, where, and what is new in it."""

    config: str
    golden: Golden
    path: Path
    changes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "schema": RECORD_SCHEMA,
            "config": self.config,
            "path": str(self.path),
            "digest": self.golden.digest,
            "changes": list(self.changes),
        }

    def to_text(self) -> str:
        """Return the run digest, the changes and the path as text."""
        head = f"recorded {self.config}: {self.golden.digests.run}"
        return "\n".join([head, *self.changes, f"written to {self.path}"])


def record_golden(name: str, recording: Recording) -> Recorded:
    """Train a configuration in portable arithmetic and make the result its golden.

    Args:
        name: a named configuration, or the path of one.
        recording: how the golden is made.

    Raises:
        UsageError: CI is set, the golden exists and is not to be replaced, or it cannot be written there; nothing is
            trained then.
    """
    subject = find_subject(name, recording.golden_dir)
    prepare_place(subject, replace=recording.replace)
    old, trouble = _read_old(subject.golden)
    golden = _train_golden(subject.config, recording)
    changes = []
    if old is not None and old.native is not None and golden.native is None:
        golden, note = _keep_native(old.native, old, golden)
        changes.append(note)
    write_golden(subject.golden, golden, replace=recording.replace)
    told = [trouble] if trouble else list_changes(old, golden)
    return Recorded(config=subject.config.name, golden=golden, path=subject.golden, changes=(*told, *changes))


def prepare_place(subject: Subject, *, replace: bool) -> None:
    """Make sure, before anything is trained, that the golden may be written and that its directory exists.

    Raises:
        UsageError: it may not, or the directory cannot be made or written to.
    """
    folder = subject.golden.parent
    if is_installed(folder):
        raise UsageError(
            "the goldens of an installed program are not changed",
            expected="a directory of your own",
            found=folder,
            remedy=f"{subject.command} --goldens DIR",
        )
    check_may_write(subject.golden, replace=replace, command=subject.command)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reason = None if os.access(folder, os.W_OK | os.X_OK) else "Permission denied"
    except OSError as error:
        reason = error.strerror or str(error)
    if reason is not None:
        raise UsageError(
            "the golden cannot be written",
            expected="a writable directory",
            found=reason,
            where=folder,
            remedy="name another directory: --goldens DIR",
        )


def _train_golden(config: Config, recording: Recording) -> Golden:
    train = recording.train or run_training
    make = partial(
        train,
        config,
        profile="portable",
        data_dir=recording.data_dir,
        threads=recording.threads,
        check="all",
        certify=certify_wholly,
    )
    heads, section = None, None
    if recording.trace:
        portable, heads = train_traced(lambda trace: make(trace=trace))
    else:
        portable = make()
    if recording.native:
        native = train(config, profile="native", data_dir=recording.data_dir, threads=recording.threads)
        section = build_native(native.to_file(), native.fingerprint.class_digest)
    return build_golden(portable.to_file(), portable.fingerprint.summarize(), native=section, trace=heads)


def _read_old(path: Path) -> tuple[Golden | None, str]:
    """Return the golden that is there, or why it cannot be read; neither if there is none."""
    if not path.exists():
        return None, ""
    try:
        return read_golden(path), ""
    except CouldNotJudgeError as error:
        return None, f"  what was there before was no sound golden ({error.title}): what changed is not known"


def _keep_native(native: NativeOutcome, old: Golden, new: Golden) -> tuple[Golden, str]:
    """Return the new golden with the old one's native results where they still belong to it, and a note."""
    same = old.settings == new.settings and old.bits == new.bits
    starts = [(side.digests.dataset, side.digests.initial_weights) for side in (old, new)]
    if not same or starts[0] != starts[1]:
        return new, "  the native results are dropped, since they belong to other settings; --native records new ones"
    kept = seal(attrs.evolve(new, native=native))
    return kept, "  the native results are kept as they were; --native records them again"


def list_changes(old: Golden | None, golden: Golden) -> list[str]:
    """Return what differs between the golden before and a new one, with a warning if only the bits changed."""
    if old is None:
        return ["  a new golden"]
    changes = [f"  {line}" for line in describe_changes(old, golden)] or ["  nothing changed"]
    if old.settings == golden.settings and old.digests != golden.digests:
        changes.append("  the same settings gave other bits: raise the bits version, list it under Changed results")
    return changes
