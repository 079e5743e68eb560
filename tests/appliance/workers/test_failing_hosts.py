"""A host of one worker that does not compute as portable results need it: named with its worker, nothing is trained."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import attrs

from appliance.config import load_config
from appliance.launch.started import Started
from appliance.training.execute import certify_shapes, run_training
from appliance.workers import failing
from support.worker_threads import Meeting, ThreadExchange, run_workers
from verify.conformance import broken
from verify.conformance.operations import NUMPY
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    import pytest

    from verify.conformance.certificate import Certificate

WORKERS, BROKEN = 3, 1
WRONG = attrs.evolve(NUMPY, matmul=broken.multiply_wrongly_where(lambda left, right: True))  # noqa: ARG005


class OneWorker:
    """Stands for the exchange over MPI of a worker that no other one meets; for its own request, too."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.failures = self
        self.codes: list[int] = []

    def name(self, index: int) -> str:
        """Return how messages call a worker."""
        return f"worker {index} of {WORKERS} (host node{index})"

    def Ibarrier(self) -> OneWorker:  # noqa: N802 - the name in mpi4py
        """Begin to wait for the others."""
        return self

    def Test(self) -> bool:  # noqa: N802 - the name in mpi4py
        """Return that the others have not come."""
        return False

    def abort(self, exit_code: int) -> None:
        """End all workers."""
        self.codes.append(exit_code)


def look(index: int, at: int) -> partial[Certificate]:
    """Return the probes of a worker's host; those at the number `at` multiply wrongly."""
    return partial(certify_shapes, operations=WRONG if index == at else NUMPY)


def test_a_host_whose_certificate_fails_is_named_with_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error has the probe, the worker and the host; it ends the others, which have made no step."""
    here, meeting, steps = OneWorker(BROKEN), Meeting(WORKERS), list[int]()
    monkeypatch.setattr(failing, "open_mpi", lambda started: here)  # noqa: ARG005
    monkeypatch.setattr(failing, "_PATIENCE", -0.9 * BROKEN)

    def begin(exchange: ThreadExchange) -> list[str]:
        try:
            run_training(
                load_config("smoke"), exchange=exchange, certify=look(exchange.index, BROKEN),
                progress=lambda *_: steps.append(exchange.index),
            )  # fmt: skip
        except CouldNotJudgeError as error:
            ending = failing.end_worker(error, Started(exchange.index, WORKERS, 0, "MPICH"))
            ending.end()
            meeting.barrier.abort()
            return [str(shown) for shown in ending.shown]
        except threading.BrokenBarrierError:
            return []
        raise AssertionError("the training ended as if nothing had happened")

    first, told, last = run_workers(WORKERS, begin, meeting=meeting)
    assert (first, last, steps, here.codes) == ([], [], [], [3])
    assert len(told) == 1
    assert "this host cannot give portable results" in told[0]
    assert "worker 1 of 3 (host node1)" in told[0]


def test_hosts_that_pass_train_to_the_end() -> None:
    """Negative control: without the wrong products the same call gives the digest of one process, on all workers."""
    config = load_config("smoke")
    found = run_workers(
        WORKERS, lambda exchange: run_training(config, exchange=exchange, certify=look(exchange.index, -1)).digests
    )
    assert found == [run_training(config).digests] * WORKERS
