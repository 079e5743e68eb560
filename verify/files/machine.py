"""The file machine.json: when, where and by which program a run was made, which is in no digest of the run."""

from collections.abc import Mapping
from typing import Annotated

import attrs

from verify.files.forms import OMIT
from verify.files.kinds import FileKind
from verify.files.limits import Pattern
from verify.files.reading import MEBIBYTE
from verify.files.record import HostCertificate, Version

Instant = Annotated[str, Pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")]


@attrs.frozen(kw_only=True)
class Circumstances:
    """When, where and by which program a run was made; equal runs differ in this file.

    Args:
        written: when the run directory was written, in UTC.
        run_dir: where it was written.
        timing: seconds and rates of the training.
        program: the version of the program; None in files of earlier versions, which have it in `record.json`.
        certificate: what is known of the host; `fingerprint.json` describes it.
    """

    written: Instant
    run_dir: str
    timing: Mapping[str, float]
    program: Version | None = attrs.field(default=None, metadata={OMIT: True})
    certificate: HostCertificate | None = attrs.field(default=None, metadata={OMIT: True})


MACHINE_NAME = "machine.json"
MACHINE = FileKind(
    name="a description of when and where a run was made",
    schema="repro-appliance/machine/1",
    form=Circumstances,
    limit=MEBIBYTE,
    remedy="write it again: repro-appliance train",
)
