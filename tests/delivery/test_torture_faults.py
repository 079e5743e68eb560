"""A small form of `make torture`: one case of every fault in forks; a harness that sees what is wrong."""

from __future__ import annotations

import errno
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from delivery.torture import faults
from delivery.torture.data_scenes import CASES, harm_data
from delivery.torture.faults import Tally, count_calls, make_expected, run_case
from delivery.torture.injection import Fault
from delivery.torture.judging import CHECKPOINTS, RUN, complain_of_run
from delivery.torture.limits import DISTURBED_CLOCKS, limit_descriptors, limit_files, limit_memory
from delivery.torture.programs import run_forked
from delivery.torture.scenes import MIDDLE, act_at_step, forbid_writing, remove_directory
from delivery.torture.surroundings import disturb_clocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.checkout,
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks, limits and /proc of Linux"),
]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the results of an undisturbed training."""
    return make_expected(tmp_path_factory.mktemp("undisturbed") / "here")


@pytest.mark.parametrize("name", faults.ERRORS)
def test_a_call_that_fails(tmp_path: Path, expected: dict[str, bytes], name: str) -> None:
    """Some of the calls, each error at other ones; nothing is half-written, and the training goes on."""
    calls, tally = count_calls(tmp_path / "count"), Tally(fault=name, how="")
    assert {"write", "fsync", "replace", "rename", "open", "mkdir"} <= set(calls)
    for step in range(2 + 5 * faults.ERRORS.index(name), len(calls) + 1, 23):
        run_case(tally, str(step), tmp_path / str(step), expected, Fault(getattr(errno, name), step).install)
    assert tally.complaints == []
    assert tally.failed


def test_a_disk_that_stays_full(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """From one write on, all calls fail, those that clean up too."""
    tally = Tally(fault="ENOSPC", how="")
    calls = count_calls(tmp_path / "count")
    for step in (calls.index("write") + 1, len(calls) - calls[::-1].index("write")):
        fault = Fault(errno.ENOSPC, step, lasting=True)
        run_case(tally, str(step), tmp_path / str(step), expected, fault.install)
    assert (tally.complaints, tally.failed) == ([], 2)


def test_a_kill_inside_a_call(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """The process ends at a call of its writing, without any cleanup."""
    calls = count_calls(tmp_path / "count")
    for step in range(3, len(calls) + 1, 31):
        folder = tmp_path / str(step)
        folder.mkdir()
        run_forked(folder, faults.TRAIN, Fault(0, step, kill=True).install)
        assert run_forked(folder, (*faults.TRAIN, "--resume")).code == 0
        assert complain_of_run(folder, expected) == ""


@pytest.mark.parametrize(
    "limit", [partial(limit_files, 20_000), partial(limit_descriptors, 0), partial(limit_memory, 1)]
)
def test_limits_of_the_process(tmp_path: Path, expected: dict[str, bytes], limit: Callable[[], None]) -> None:
    """Sizes of files, descriptors and memory, from the middle of a training on."""
    tally = Tally(fault="limit", how="")
    run_case(tally, "middle", tmp_path / "here", expected, partial(act_at_step, MIDDLE, limit))
    assert tally.complaints == []


def test_directories_that_are_closed_or_go_away(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Read-only, or removed in the middle."""
    for row in (forbid_writing(tmp_path, expected), remove_directory(tmp_path, expected)):
        assert row.complaints == ()
        assert row.failed


def test_clocks(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Forwards, backwards, standing still: the training ends as if nothing had happened."""
    row = disturb_clocks(tmp_path, expected, (MIDDLE,))
    assert (row.good, row.complaints) == (len(DISTURBED_CLOCKS), ())


def test_data_that_vanishes_or_changes(tmp_path: Path) -> None:
    """Before a training, in it, and before it is taken up."""
    row = harm_data(tmp_path)
    assert (row.good, row.complaints) == (len(CASES), ())
    assert row.failed >= 5


def test_half_a_run_is_noticed(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Negative control: a fault that truncates a file of the run is a complaint, and so is what is left behind."""
    folder = tmp_path / "here"
    folder.mkdir()
    assert run_forked(folder, faults.TRAIN).code == 0
    assert complain_of_run(folder, expected) == ""
    (folder / CHECKPOINTS).mkdir()
    assert complain_of_run(folder, expected).startswith("left behind: run.checkpoints")
    (folder / CHECKPOINTS).rmdir()
    os.truncate(folder / RUN / "weights.safetensors", 100)
    assert complain_of_run(folder, expected).startswith("no whole run")


def test_an_error_that_is_swallowed_into_a_traceback_is_noticed(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Negative control: an exception that no command expects is a complaint."""

    def fail() -> None:
        raise KeyError("planted")

    tally = Tally(fault="planted", how="")
    run_case(tally, "middle", tmp_path / "here", expected, partial(act_at_step, MIDDLE, fail))
    assert len(tally.complaints) == 1
