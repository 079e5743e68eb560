"""The exchange of the workers of one training over MPI."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Integers = NDArray[np.signedinteger[Any]]

_Value = TypeVar("_Value")


class MpiExchange:
    """One worker's side of an exchange.

    Args:
        mpi: the module `mpi4py.MPI`.

    Attributes:
        index: the number of this worker, from 0.
        count: the number of workers.
        host: the name of this worker's host.
        hosts: the number of hosts.
        comm: the communicator of the exchange.
        failures: another one, on which workers that fail meet.
    """

    def __init__(self, mpi: Any) -> None:  # noqa: ANN401 - mpi4py is installed where it is needed only
        self._mpi = mpi
        self.comm = mpi.COMM_WORLD.Dup()
        self.failures = mpi.COMM_WORLD.Dup()
        self.index: int = self.comm.Get_rank()
        self.count: int = self.comm.Get_size()
        self._flag = np.zeros(1, dtype=np.int64)
        self.host = socket.gethostname()
        with self._speaking():
            self._hosts: list[str] = self.comm.allgather(self.host)
        self.hosts = len(dict.fromkeys(self._hosts))

    def maximize(self, values: Integers) -> None:
        """Replace every entry by the largest one that any worker has, in place."""
        with self._speaking():
            self.comm.Allreduce(self._mpi.IN_PLACE, values, self._mpi.MAX)

    def add(self, values: Integers) -> None:
        """Replace every entry by the sum over all workers, in place."""
        with self._speaking():
            self.comm.Allreduce(self._mpi.IN_PLACE, values, self._mpi.SUM)

    def agree(self, flag: int) -> int:
        """Return the largest flag that any worker gives."""
        self._flag[0] = flag
        self.maximize(self._flag)
        return int(self._flag[0])

    def broadcast(self, value: _Value) -> _Value:
        """Return what the first worker gives."""
        with self._speaking():
            shared: _Value = self.comm.bcast(value)
            return shared

    def compare(self, facts: Mapping[str, str]) -> None:
        """Return if every worker gives the same facts, by name.

        Raises:
            UsageError: they differ; it names worker, host and fact.
        """
        with self._speaking():
            found: list[dict[str, str]] = self.comm.allgather(dict(facts))
        names = [name for name in facts if any(other.get(name) != found[0].get(name) for other in found)]
        if names:
            raise UsageError(
                f"the workers differ in: {', '.join(names)}",
                expected=f"{found[0].get(names[0])}, as on {self.name(0)}",
                found=[
                    f"{other.get(names[0])} on {self.name(index)}"
                    for index, other in enumerate(found)
                    if other.get(names[0]) != found[0].get(names[0])
                ],
                where=names[0],
                remedy="the same program, configuration and data files on every host",
            )

    def name(self, index: int) -> str:
        """Return how messages call a worker."""
        return f"worker {index} of {self.count} (host {self._hosts[index]})"

    def abort(self, exit_code: int) -> None:
        """End all workers now."""
        self._mpi.COMM_WORLD.Abort(exit_code)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn an error of MPI into one of this project."""
        try:
            yield
        except self._mpi.Exception as error:
            raise CouldNotJudgeError(
                "the workers cannot reach each other",
                found=error,
                where=self.host,
                remedy="look at the messages of mpiexec: a worker or a connection has failed",
            ) from error
