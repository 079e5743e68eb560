"""What workers exchange: the bound of their sums, maxima with NaN, what one of them does for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.launch.started import ALONE as ALONE_STARTED
from appliance.launch.started import Started, read_started, require_alone
from appliance.numerics.exchange import ALONE, choose_type, join_maxima, lead
from support.worker_threads import ThreadExchange, run_workers
from verify.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize(
    ("largest", "workers", "expected"),
    [
        (2**31 - 1, 1, np.int32),
        ((2**31 - 1) // 3, 3, np.int32),
        (2**31 // 4, 4, np.int64),
        (2**53, 1023, np.int64),
        (2**63 - 1, 1, np.int64),
        ((2**63 - 1) // 7, 7, np.int64),
    ],
)
def test_sums_at_the_bound_are_exact(largest: int, workers: int, expected: type) -> None:
    """All workers with the largest sum, of either sign, stay inside the chosen type."""
    kind = choose_type(largest, workers)
    assert kind is expected

    def add(exchange: ThreadExchange) -> list[int]:
        values = np.array([largest, -largest, largest - exchange.index], dtype=kind)
        exchange.add(values)
        return [int(value) for value in values]

    if workers > 7:
        assert workers * largest < 2**63
        return
    below = workers * (workers - 1) // 2
    assert run_workers(workers, add) == [[workers * largest, -workers * largest, workers * largest - below]] * workers


@pytest.mark.parametrize(("largest", "workers"), [(2**63, 1), (2**53, 1024), (2**63 // 7 + 1, 7)])
def test_sums_beyond_the_bound_are_refused(largest: int, workers: int) -> None:
    """Negative control: one more would leave 64 bits."""
    assert workers * largest >= 2**63
    with pytest.raises(UsageError, match="cannot add their sums exactly"):
        choose_type(largest, workers)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_nan_of_one_worker_is_the_maximum_of_all(dtype: type[np.floating[Any]]) -> None:
    """Of either sign, beside infinity and the largest number."""
    columns: NDArray[np.floating[Any]] = np.array(
        [[1.0, 2.0, np.inf, 0.0], [3.0, -np.nan, 5.0, 0.5], [2.0, np.finfo(dtype).max, 1.0, 0.25]], dtype=dtype
    )

    def join(exchange: ThreadExchange) -> tuple[list[str], list[str]]:
        own, other = columns[exchange.index].copy(), np.array([exchange.index], dtype=np.float64)
        join_maxima([own, other], exchange)
        return [str(value) for value in own], [str(value) for value in other]

    assert run_workers(3, join) == [(["3.0", "nan", "inf", "0.5"], ["2.0"])] * 3


def test_the_first_worker_acts_for_all() -> None:
    """Its value, and its error, are those of every worker."""
    acted: list[int] = []

    def note(index: int) -> str:
        acted.append(index)
        return "written"

    def act(exchange: ThreadExchange) -> str:
        found = lead(exchange, lambda: note(exchange.index))
        assert found == "written"
        with pytest.raises(UsageError) as refused:
            lead(exchange, refuse)
        return str(refused.value)

    assert run_workers(3, act) == ["no place\n  where      here"] * 3
    assert acted == [0]
    assert lead(ALONE, lambda: 7) == 7


def refuse() -> None:
    """Fail as writing fails."""
    raise UsageError("no place", where="here")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ALONE_STARTED),
        (
            {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_LOCAL_RANK": "0"},
            Started(1, 3, 0, "Open MPI"),
        ),
        ({"PMI_RANK": "2", "PMI_SIZE": "4", "MPI_LOCALRANKID": "1"}, Started(2, 4, 1, "MPICH")),
        ({"SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2", "SLURM_LOCALID": "1"}, Started(1, 2, 1, "srun")),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, ALONE_STARTED),
        ({"PMIX_RANK": "1"}, Started(1, None, 1, "PMIx")),
        ({"PMI_RANK": "x", "PMI_SIZE": "4"}, ALONE_STARTED),
        ({"PMI_RANK": "4", "PMI_SIZE": "4"}, ALONE_STARTED),
    ],
)
def test_the_engine_is_read_from_its_variables(environ: dict[str, str], expected: Started) -> None:
    """Each engine has its own; the script of a batch job is one process."""
    assert read_started(environ) == expected


def test_one_process_of_several_may_not_train_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an exchange it is refused, and a job of one process is not."""
    monkeypatch.setenv("PMI_RANK", "0")
    monkeypatch.setenv("PMI_SIZE", "1")
    require_alone()
    monkeypatch.setenv("PMI_SIZE", "2")
    with pytest.raises(UsageError, match="would train alone"):
        require_alone()
