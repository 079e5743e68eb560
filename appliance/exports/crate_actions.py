"""The training of a run as an action: what was used, what did it, what came out."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from appliance.data.sources.catalog import KNOWN_SETS
from appliance.exports.crate_entities import describe_software, make_id, refer
from verify.files.run import RESULTS
from verify.files.settings import CONFIG_NAME

if TYPE_CHECKING:
    from appliance.exports.exported_run import ExportedRun
    from verify.digests import JsonObject

_BLAS = {"openblas": "https://www.openmathlib.org/OpenBLAS/"}
HOME = "https://github.com/repro-appliance/repro-appliance"


def describe_action(run: ExportedRun, agent: JsonObject | None) -> list[JsonObject]:
    """Return the action that made a run, first, and the entities that only it names."""
    record, machine = run.run.record, run.run.machine
    software = _list_software(run)
    data, metrics = _describe_data(run), _list_metrics(run)
    config = f"{run.place}/{CONFIG_NAME}"
    words = ["repro-appliance", "train", "--config", config, "--profile", record.profile]
    results = [{"@id": f"{run.place}/{name}"} for name in sorted(RESULTS) if name != CONFIG_NAME]
    action: JsonObject = {
        "@id": f"#{run.name}-{record.digests.run.removeprefix('sha256:')[:16]}",
        "@type": "CreateAction",
        "name": f"Training of {record.config}",
        "description": f"{shlex.join(words)} ({record.precision}, seed {record.seed}, bits {record.bits})",
        "endTime": machine.written.replace("Z", "+00:00"),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "instrument": refer(software[0]),
        "object": [{"@id": config}, refer(data)],
        "result": [*results, *(refer(metric) for metric in metrics)],
        **({"agent": refer(agent)} if agent else {}),
    }
    return [action, *software, data, *metrics]


def _list_software(run: ExportedRun) -> list[JsonObject]:
    """Return this program, and below it what it computed with."""
    machine = run.run.fingerprint.summarize()
    below = [
        describe_software("Python", machine.python, "https://www.python.org/"),
        describe_software("NumPy", machine.numpy, "https://numpy.org/"),
    ]
    if machine.blas:
        below.append(describe_software(machine.blas, machine.blas_version, _BLAS.get(machine.blas)))
    version = run.run.machine.program or run.run.record.program
    program = describe_software("repro-appliance", version, HOME, below)
    return [program, *below]


def _describe_data(run: ExportedRun) -> JsonObject:
    """Return the data set, which is not in the crate: its digest, and where it is from."""
    record, source = run.run.record, run.config.data.source
    known = next((one for one in KNOWN_SETS if one.name == source), None)
    digest = record.digests.dataset
    published = {"url": known.source, "alternateName": known.title} if known else {}
    return {
        "@id": f"#data-{digest.removeprefix('sha256:')[:16]}",
        "@type": "CreativeWork",
        "name": f"Data set {source}",
        "description": "The samples and labels of the training; identified by the SHA-256 of their canonical bytes",
        "identifier": digest,
        **published,
    }


def _list_metrics(run: ExportedRun) -> list[JsonObject]:
    return [
        {"@id": make_id(run.name, name), "@type": "PropertyValue", "name": name, "value": value}
        for name, value in sorted(run.run.record.metrics.items())
    ]
