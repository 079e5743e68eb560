"""A trace that is written: lines, ids, chain, captures, limits."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.recorded import read_events, read_header
from verify.tracing.fingerprints import FUNCTION, fingerprint_array
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path


def _record(directory: Path, value: float = 1.0) -> None:
    recorder = Recorder(directory, level="step", command=["python", "x.py"])
    for step in (1, 2):
        recorder.enter(epoch=1, step=step)
        recorder.event("operation", "f", inputs={"x": np.ones(3)}, outputs={"y": np.full(3, value)})
        recorder.event("operation", "f", outputs={"y": value})
    recorder.close({"not_seen": ["all the rest"]})


def test_events_have_ids_and_fingerprints(tmp_path: Path) -> None:
    """Each event is one line with its id, its inputs and its outputs."""
    _record(tmp_path)
    events = read_events(tmp_path)
    ids = [(event["epoch"], event["step"], event["stage"], event["occurrence"]) for event in events]
    assert ids == [(1, 1, "f", 1), (1, 1, "f", 2), (1, 2, "f", 1), (1, 2, "f", 2)]
    assert [event["n"] for event in events] == [1, 2, 3, 4]
    tensor = {"name": "y", "dtype": "<f8", "shape": [3], "fingerprint": fingerprint_array(np.ones(3))}
    assert events[0]["outputs"] == [tensor]
    assert events[1]["outputs"][0]["value"] == (1.0).hex()


def test_chain_covers_every_line(tmp_path: Path) -> None:
    """Equal runs have equal files; the chain is the SHA-256 of the file; another value gives another chain."""
    for name, value in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        _record(tmp_path / name, value)
    texts = [(tmp_path / name / "events.jsonl").read_bytes() for name in "abc"]
    headers = [read_header(tmp_path / name) for name in "abc"]
    assert texts[0] == texts[1] != texts[2]
    assert headers[0]["chain"] == "sha256:" + hashlib.sha256(texts[0]).hexdigest() != headers[2]["chain"]
    assert headers[0]["heads"] == [{"epoch": 1, "head": headers[0]["chain"]}]
    assert (headers[0]["function"], headers[0]["complete"], headers[0]["events"]) == (FUNCTION, True, 4)
    assert headers[0]["coverage"]["not_seen"] == ["all the rest"]


def test_inputs_are_read_before_they_change(tmp_path: Path) -> None:
    """The two halves of an event see an array before and after a change in place."""
    recorder = Recorder(tmp_path, level="calls")
    array = np.zeros(4)
    pending = recorder.begin("operation", "add", {"x": array})
    array += 1
    pending.end({"x": array})
    recorder.close()
    event = read_events(tmp_path)[0]
    assert event["inputs"][0]["fingerprint"] == fingerprint_array(np.zeros(4))
    assert event["outputs"][0]["fingerprint"] == fingerprint_array(np.ones(4))


def test_operands_of_chosen_events_are_kept(tmp_path: Path) -> None:
    """A capture has inputs and outputs, in their memory order; other events have no file."""
    recorder = Recorder(tmp_path, level="calls", captures=[(None, None, "f", 2)])
    for value in (1.0, 2.0):
        x = np.asfortranarray(np.full((2, 3), value))
        recorder.event("operation", "f", inputs={"x": x, "axis": 0}, outputs={"y": [x.T, value]})
    recorder.close()
    assert [path.name for path in (tmp_path / "tensors").iterdir()] == ["2.npz"]
    with np.load(tmp_path / "tensors" / "2.npz") as kept:
        assert sorted(kept) == ["in.axis", "in.x", "out.y[0]", "out.y[1]"]
        assert kept["in.x"].flags.f_contiguous
        assert kept["out.y[1]"] == 2.0


def test_file_of_events_is_limited(tmp_path: Path) -> None:
    """After the limit events are counted and left out, and the coverage says so."""
    recorder = Recorder(tmp_path, level="calls", limit=1000)
    numbers = [recorder.event("operation", "f", outputs={"y": number}) for number in range(50)]
    recorder.close()
    assert numbers[-1] == 0 < numbers[0]
    assert (tmp_path / "events.jsonl").stat().st_size <= 1000
    assert "events after the limit" in read_header(tmp_path)["coverage"]["not_seen"][0]


def test_program_that_is_killed_leaves_whole_lines(tmp_path: Path) -> None:
    """Without `close` the header says that the trace is not complete, and every line can be read."""
    recorder = Recorder(tmp_path, level="calls")
    recorder.event("operation", "f", outputs={"y": 1})
    assert not read_header(tmp_path)["complete"]
    assert len(read_events(tmp_path)) == 1
    recorder.close()


def test_threads_have_stages_of_their_own(tmp_path: Path) -> None:
    """An event of another thread names it, and no line is torn."""
    recorder = Recorder(tmp_path, level="calls")

    def work() -> None:
        for number in range(100):
            recorder.event("operation", "f", outputs={"y": np.arange(number)})

    threads = [threading.Thread(target=work, name=f"worker-{number}") for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    events = read_events(tmp_path)
    assert len(events) == 300
    assert {event["stage"] for event in events} == {f"f@worker-{number}" for number in range(3)}


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_process_has_a_file_of_its_own(tmp_path: Path) -> None:
    """A fork goes on in another file; the parent's chain is that of its own lines."""
    recorder = Recorder(tmp_path, level="calls")
    recorder.event("operation", "f", outputs={"y": 1})
    child = os.fork()
    if child == 0:
        recorder.event("operation", "g", outputs={"y": 2})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    recorder.event("operation", "h", outputs={"y": 3})
    recorder.close()
    assert [event["stage"] for event in read_events(tmp_path)] == ["f", "h"]
    assert [event["stage"] for event in read_events(tmp_path, "events-1.jsonl")] == ["g"]


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    """Objects have no fingerprint; the coverage counts them by type."""
    recorder = Recorder(tmp_path, level="calls")
    recorder.event("operation", "f", outputs={"y": np.array([{}]), "z": object()})
    recorder.close()
    assert read_events(tmp_path)[0]["outputs"] == []
    assert read_header(tmp_path)["coverage"]["not_seen"] == [
        "1 values of type numpy.ndarray",
        "1 values of type object",
    ]


def test_unknown_kind_is_refused(tmp_path: Path) -> None:
    """A kind that no reader knows is an error at once."""
    recorder = Recorder(tmp_path, level="calls")
    with pytest.raises(ValueError, match="no kind of event"):
        recorder.event("thing", "f")
    recorder.close()
