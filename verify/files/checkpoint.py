"""A checkpoint: the state of a training in the middle, in one sealed file.

The file is a safetensors file, so its numbers are little-endian on every machine. Its tensor `statement` holds JSON:
what is trained, how far it is, and the digest of the checkpoint before it. The seal in the metadata is the SHA-256 of
the whole file with zeros in the place of the seal.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from verify.digests import JsonValue, format_canonical
from verify.errors import CouldNotJudgeError
from verify.files.forms import OMIT
from verify.files.history import parse_history
from verify.files.kinds import FileKind
from verify.files.limits import AtLeast, ConfigName, Count, Digest, HexFloat, Pattern
from verify.files.reading import MEBIBYTE, open_regular
from verify.files.record import EpochRow, Precision, Profile
from verify.files.trace import Head
from verify.files.weights import DIGEST, list_parts, parse_tensors, read_head

STATEMENT, HISTORY_ROWS = "statement", "history"
"""Names of the tensors that hold text."""
_UNSEALED = "sha256:" + "0" * 64
_PREFIX = 8
_PART = 16 * MEBIBYTE
WHAT = "a checkpoint"
_REMEDY = "train without --resume to begin again"
LIMIT = 65536 * MEBIBYTE
"""Bytes of a file that is read."""
Number = Annotated[int, AtLeast(1)]
TraceLevel = Literal["epoch", "step"]
Seconds = Annotated[float, AtLeast(0)]
TraceFolder = Annotated[str, Pattern("trace-([0-9]{8}|[1-9][0-9]{8,14})")]
Arrays = Mapping[str, NDArray[np.generic]]


@attrs.frozen(kw_only=True)
class TracePlace:
    """How far the trace of the training is.

    Args:
        folder: the folder of the trace beside the checkpoint.
        level: what is recorded.
        events: how many events were written.
        size: the bytes of their lines.
        chain: the running hash over the lines.
        heads: the running hash at the end of every epoch.
        epoch: where the next event is.
        step: where the next event is.
        occurrences: how often each stage has come in this epoch and step.
        left_out: events after the limit of the file.
        read: the bytes of the arrays that were read.
        types: values without a fingerprint, counted by type.
    """

    folder: TraceFolder
    level: TraceLevel
    events: Count
    size: Count
    chain: Digest
    heads: tuple[Head, ...]
    epoch: int | None
    step: int | None
    occurrences: Mapping[str, Count]
    left_out: Count
    read: Count
    types: Mapping[str, Count]


@attrs.frozen(kw_only=True)
class PythonGenerator:
    """The state of the module `random`, besides its words.

    Args:
        version: of the form of the state.
        gauss: the second number of a pair that was drawn; None for none.
    """

    version: Count
    gauss: HexFloat | None


@attrs.frozen(kw_only=True)
class NumpyGenerator:
    """The state of NumPy's global generator, besides its words.

    Args:
        position: of the next word.
        has_gauss: whether the second number of a pair was drawn already.
        gauss: that number.
    """

    position: Count
    has_gauss: Count
    gauss: HexFloat


@attrs.frozen(kw_only=True)
class Checkpoint:
    """What a checkpoint says of itself.

    Args:
        number: its running number.
        previous: the seal of the checkpoint before; None for the first of a training.
        bits: the version of the arithmetic.
        config: the name of the configuration.
        config_digest: the digest of the settings.
        profile: the arithmetic.
        precision: the format of parameters.
        dataset: the digest of the data.
        initial_weights: the digest of the parameters before the first step.
        epoch: the epoch in progress, from 1.
        step: the steps of this epoch that are done.
        terms: how many terms the loss has in this epoch so far.
        seconds: the time of the training until now, in all its parts.
        parts: how many processes have worked on it.
        python: the state of the module `random`.
        numpy: the state of NumPy's global generator; None where it is of another kind.
        stopped: whether a callback has asked for the end.
        callbacks: what the callbacks gave.
        trace: how far the trace is; None without a trace.
    """

    number: Number
    previous: Digest | None
    bits: Count
    config: ConfigName
    config_digest: Digest
    profile: Profile
    precision: Precision
    dataset: Digest
    initial_weights: Digest
    epoch: Number
    step: Count
    terms: Count
    seconds: Seconds
    parts: Number
    python: PythonGenerator
    numpy: NumpyGenerator | None
    stopped: bool = attrs.field(default=False, metadata={OMIT: True})
    callbacks: JsonValue = attrs.field(default=None, metadata={OMIT: True})
    trace: TracePlace | None = attrs.field(default=None, metadata={OMIT: True})


CHECKPOINT = FileKind(
    name="the statement of a checkpoint",
    schema="repro-appliance/checkpoint/1",
    form=Checkpoint,
    limit=64 * MEBIBYTE,
    remedy=_REMEDY,
)


@attrs.frozen(kw_only=True, eq=False)
class CheckpointFile:
    """The contents of a file.

    Args:
        statement: what it says of itself.
        history: the rows of the epochs that are done.
        arrays: by name.
        seal: the digest over everything in the file; empty for one that is not written yet.
    """

    statement: Checkpoint
    history: tuple[EpochRow, ...]
    arrays: Arrays = attrs.field(factory=lambda: MappingProxyType({}))
    seal: str = ""


def seal_parts(arrays: Arrays, texts: Mapping[str, bytes]) -> tuple[str, list[bytes | memoryview]]:
    """Return the seal of a file and its bytes in parts.

    Args:
        arrays: by name.
        texts: of the statement and of the history, by the names of their tensors.
    """
    written = {name: np.frombuffer(text, dtype=np.uint8) for name, text in texts.items()}
    head, *parts = list_parts({**arrays, **written}, _UNSEALED)
    state = hashlib.sha256(head)
    for part in parts:
        state.update(part)
    seal = f"sha256:{state.hexdigest()}"
    return seal, [bytes(head).replace(_UNSEALED.encode(), seal.encode(), 1), *parts]


def format_statement(statement: Checkpoint) -> bytes:
    """Return the bytes of the tensor `statement`."""
    return format_canonical(CHECKPOINT.to_json(statement)).encode("ascii")


def read_checkpoint(path: Path) -> CheckpointFile:
    """Return the contents of a file.

    Raises:
        UsageError: it is missing, unreadable or no regular file.
        CouldNotJudgeError: it is not a whole checkpoint, or a byte of it was changed.
    """
    with open_regular(path, what=WHAT) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > LIMIT:
            raise describe_damage(f"more than {LIMIT} bytes", path)
        try:
            data, places = read_head(stream, path)
            if max((end for _, end in places.values()), default=len(data)) != size:
                raise describe_damage("another size than its header says", path)
            while part := stream.read(min(size - len(data), _PART)):
                data += part
        except (OSError, ValueError) as error:
            raise describe_damage(getattr(error, "strerror", None) or error, path) from error
    return parse_checkpoint(data, path)


def parse_checkpoint(data: bytes | bytearray, where: object) -> CheckpointFile:
    """Return the contents of the bytes of a file.

    Raises:
        CouldNotJudgeError: they are not a whole checkpoint, or one of them was changed; `where` names their source.
    """
    tensors = parse_tensors(data, where)
    seal = tensors.metadata.get(DIGEST, "")
    if not seal or seal != _find_seal(data, seal):
        raise describe_damage("bytes that its seal does not fit", where)
    arrays = dict(tensors.arrays)
    texts = {}
    for name in (STATEMENT, HISTORY_ROWS):
        found = arrays.pop(name, None)
        if found is None or found.dtype != np.uint8 or found.ndim != 1:
            raise describe_damage(f"no tensor {name}", where)
        texts[name] = found.tobytes()
    return CheckpointFile(
        statement=CHECKPOINT.parse_text(texts[STATEMENT], where),
        history=parse_history(texts[HISTORY_ROWS], where) if texts[HISTORY_ROWS] else (),
        arrays=arrays,
        seal=seal,
    )


def _find_seal(data: bytes | bytearray, stated: str) -> str:
    """Return the seal that fits the bytes of a file which states this one; empty where it states none."""
    end = _PREFIX + int.from_bytes(data[:_PREFIX], "little")
    head, mark = bytes(data[:end]), stated.encode("utf-8", errors="replace")
    if len(mark) != len(_UNSEALED) or head.count(mark) != 1:
        return ""
    state = hashlib.sha256(head.replace(mark, _UNSEALED.encode(), 1))
    state.update(memoryview(data)[end:])
    return f"sha256:{state.hexdigest()}"


def describe_damage(found: object, where: object) -> CouldNotJudgeError:
    """Return the error for a file that is no whole checkpoint."""
    return CouldNotJudgeError(
        "a checkpoint is damaged", expected="a whole checkpoint with its seal", found=found, where=where, remedy=_REMEDY
    )
