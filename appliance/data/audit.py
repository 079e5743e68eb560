"""Every control of a data set, held against what is on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.data.catalog import SYNTHETIC
from appliance.data.controls import Control, control_digest, control_samples, describe_file
from appliance.data.idx import decode_idx, read_file
from appliance.data.synthetic import SIDE, Part, draw_synthetic
from appliance.errors import DataError
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.data.catalog import KnownFile, KnownSet

SYNTHETIC_DIGEST = "sha256:de10edf13f70a55ed045da256f7dd9725bc9998bb74c10a3042e06a86aea4d9a"
_SAMPLE = 600
_PARTS: tuple[Part, ...] = ("train", "test")


def audit_known(known: KnownSet, data_dir: Path) -> list[Control]:
    """Return the outcome of all controls of a published set; those that need an unreadable file are left out.

    An unreadable file is a failed control itself, so the list never looks better for what it leaves out.
    """
    controls: list[Control] = []
    for part in known.parts:
        images = _audit_file(known, part.images, data_dir, controls)
        labels = _audit_file(known, part.labels, data_dir, controls)
        if images is not None and labels is not None:
            where = f"{known.name}, {part.name}"
            controls += control_samples(images, labels, minimum=part.samples, where=where)
    return controls


def audit_synthetic() -> list[Control]:
    """Return the outcome of all controls of the synthetic set, of which a small sample is drawn."""
    parts = {name: draw_synthetic(_SAMPLE, 0, name) for name in _PARTS}
    controls: list[Control] = []
    for name, (features, labels) in parts.items():
        where = f"{SYNTHETIC}, {name}"
        controls += control_samples(features.reshape(-1, SIDE, SIDE), labels, minimum=_SAMPLE, where=where)
    arrays = {
        f"{name}_{kind}": array
        for name, samples in parts.items()
        for kind, array in zip(("features", "labels"), samples, strict=True)
    }
    found = digest_arrays(arrays)
    title = "generated samples have the digest of specification bits 1"
    control = Control(
        id="D009",
        title=title,
        holds=found == SYNTHETIC_DIGEST,
        expected=SYNTHETIC_DIGEST,
        found=found,
        where=f"{SYNTHETIC}, {_SAMPLE} samples of each part, seed 0",
        remedy="report this machine: the generator uses integers only",
    )
    return [*controls, control]


def _audit_file(known: KnownSet, file: KnownFile, data_dir: Path, controls: list[Control]) -> NDArray[np.uint8] | None:
    """Append a file's controls, D001 to D003; return its elements if they could be read."""
    path = known.locate(file, data_dir)
    here, whole = "the file is there", "the file is a whole gzip IDX file"
    try:
        packed = read_file(path)
    except DataError as error:
        controls.append(describe_file("D001", here, path, error))
        return None
    controls += [describe_file("D001", here, path), control_digest(packed, file.digest, path)]
    try:
        elements = decode_idx(packed, rank=file.rank, where=path)
    except DataError as error:
        controls.append(describe_file("D003", whole, path, error))
        return None
    controls.append(describe_file("D003", whole, path))
    return elements
