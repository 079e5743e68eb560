"""Reads the events of a trace line by line, so that a trace of any length takes little memory.

A line that the recorder wrote matches one regular expression. It is turned into an `Event` only when it is needed.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError
from verify.files.reading import MEBIBYTE, open_regular, parse_json
from verify.files.structure import structure
from verify.files.trace import EVENTS_NAME, KINDS, Event, EventId, Tensor, TraceHeader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

LONGEST_LINE = 16 * MEBIBYTE
REMEDY = "record the trace again, or copy it again from where it came"
"""For a damaged trace."""
_BUFFER = MEBIBYTE
_STEM, _ENDING = EVENTS_NAME.removesuffix(".jsonl"), ".jsonl"


def _list_of(item: str) -> str:
    return rf"\[(?:{item}(?:,{item})*+)?+\]"


_WHOLE = "(?:0|[1-9][0-9]{0,17})"
_SIGNED = f"-?{_WHOLE}"
_TEXT = r'"(?:[ !#-\[\]-~]|\\(?:["\\bfnrt]|u[0-9a-f]{4}))*+"'
_MARK = '"[0-9a-f]{16}"'
_VALUE = f"(?:{_TEXT}|-?[0-9]{{1,20}}|true|false|null)"
_TENSOR = (
    rf'\{{(?:"chunks":{_list_of(_MARK)},)?+"dtype":{_TEXT},"fingerprint":{_MARK},"name":{_TEXT},'
    rf'(?:"order":"(?:F|strided)",)?+"shape":{_list_of(_WHOLE)}(?:,"value":{_VALUE})?+\}}'
)
_LINE = re.compile(
    (
        rf'\{{(?:"at":{_TEXT},)?+(?:"epoch":(?P<epoch>{_SIGNED}),)?+(?:"inputs":(?P<inputs>{_list_of(_TENSOR)}),)?+'
        rf'"kind":"(?P<kind>{"|".join(KINDS)})","n":(?P<n>{_WHOLE}),"occurrence":(?P<occurrence>[1-9][0-9]{{0,15}}),'
        rf'"outputs":(?P<outputs>{_list_of(_TENSOR)}),"stage":(?P<stage>{_TEXT})(?:,"step":(?P<step>{_SIGNED}))?+\}}\n'
    ).encode()
)


class EventLine:
    """One line of a trace; what it says is read only when it is needed.

    Attributes:
        raw: the bytes of the line.
        number: its number in the file, from 1.
        key: the texts of epoch, step and stage, which name the event but for its occurrence.
        process: the name of the process that recorded it; empty for the first.
    """

    __slots__ = ("_event", "_id", "_match", "key", "number", "process", "raw")

    def __init__(self, raw: bytes, number: int, match: re.Match[bytes], process: str = "") -> None:
        self.process = process
        self.raw = raw
        self.number = number
        self.key: tuple[bytes | None, ...] = match.group("epoch", "step", "stage")
        self._match = match
        self._id: EventId | None = None
        self._event: Event | None = None

    @property
    def id(self) -> EventId:
        """What names the event."""
        if self._id is None:
            epoch, step, stage = self.key
            self._id = EventId(_to_int(epoch), _to_int(step), json.loads(stage or b"0"), int(self._match["occurrence"]))
        return self._id

    @property
    def kind(self) -> bytes:
        """The kind of the event."""
        return self._match["kind"]

    @property
    def inputs(self) -> bytes | None:
        """The text of its inputs; None where none were recorded."""
        return self._match["inputs"]

    @property
    def outputs(self) -> bytes:
        """The text of its outputs."""
        return self._match["outputs"]

    @property
    def event(self) -> Event:
        """The event."""
        if self._event is None:
            self._event = self._parse()
        return self._event

    def _parse(self) -> Event:
        value = json.loads(self.raw)
        inputs = value.get("inputs")
        return Event(
            n=self.number,
            kind=value["kind"],
            stage=self.id.stage,
            occurrence=self.id.occurrence,
            outputs=tuple(map(_make_tensor, value["outputs"])),
            inputs=None if inputs is None else tuple(map(_make_tensor, inputs)),
            epoch=self.id.epoch,
            step=self.id.step,
            at=value.get("at"),
        )


def _to_int(text: bytes | None) -> int | None:
    return None if text is None else int(text)


def _make_tensor(value: dict[str, Any]) -> Tensor:
    return Tensor(**{**value, "shape": tuple(value["shape"]), "chunks": tuple(value.get("chunks", ()))})


@attrs.define
class Memo:
    """The line that was read last; a second reader that finds the same bytes takes it as it is."""

    line: EventLine | None = None


def name_process(path: Path) -> str:
    """Return the name of the process that wrote a file of events; empty for the first process."""
    return path.name.removeprefix(_STEM).removesuffix(_ENDING).removeprefix("-")


def read_lines(path: Path, header: TraceHeader, memo: Memo, *, chained: bool) -> Iterator[EventLine]:
    """Yield the lines of a file of events; errors as for `Trace.read_events`.

    Args:
        path: the file.
        header: the header of its trace.
        memo: shared by the readers of two traces, so that equal lines are read once.
        chained: whether number and digest of the lines stand in the header.
    """
    ended = chained and header.complete
    process = name_process(path)
    digest, count = hashlib.sha256(), 0
    with open_regular(path, what="the events of a trace") as raw, io.BufferedReader(raw, _BUFFER) as stream:
        while line := stream.readline(LONGEST_LINE + 1):
            if not line.endswith(b"\n") and not ended and len(line) <= LONGEST_LINE:
                break  # the recorder was ended while it wrote
            count += 1
            digest.update(line)
            if memo.line is None or memo.line.raw != line or memo.line.number != count:
                match = _LINE.fullmatch(line)
                if match is None or int(match["n"]) != count:
                    raise _explain(line, count, path)
                memo.line = EventLine(line, count, match, process)
            yield memo.line
    if ended:
        _check_end(f"sha256:{digest.hexdigest()}", count, header, path)


def _check_end(chain: str, count: int, header: TraceHeader, path: Path) -> None:
    """Compare the number and the running digest of all lines with those in the header."""
    for what, expected, found in (("number", header.events, count), ("digest", header.chain, chain)):
        if expected is not None and expected != found:
            raise CouldNotJudgeError(
                f"the {what} of all events of a trace is not the one that was recorded",
                expected=expected,
                found=found,
                where=path,
                remedy=REMEDY,
            )


def _explain(line: bytes, number: int, path: Path) -> CouldNotJudgeError:
    """Return the error that says what is wrong with a line."""
    where = f"{path}, line {number}"
    reason: object = f"other spaces or order, or another running number than {number}"
    try:
        if len(line) > LONGEST_LINE:
            reason = f"more than {LONGEST_LINE} bytes"
        elif not line.endswith(b"\n"):
            reason = "a line without an end"
        else:
            structure(parse_json(line, where=where, what="an event of a trace"), Event)
    except CouldNotJudgeError as error:
        reason = error.found
    except ValueError as error:
        reason = error
    return CouldNotJudgeError(
        "an event of a trace is damaged",
        expected="a line as the recorder writes it",
        found=reason,
        where=where,
        remedy=REMEDY,
    )
