"""Runs in which one answer of the checklist is planted: files are changed and summed again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from verify.digests import digest_json
from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.fingerprint import digest_class
from verify.files.record import digest_run
from verify.files.run import LIMITS
from verify.files.settings import CONFIG_NAME, format_settings
from verify.files.writing import format_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[dict[str, Any]], object]


@attrs.frozen(kw_only=True)
class Scene:
    """What the checklist is asked about, and the current directory."""

    run: Path
    data_dir: Path | None = None
    golden_dir: Path | None = None
    evidence: tuple[Path, ...] = ()
    folder: Path | None = None


def seal(run: Path) -> Scene:
    """Write the checksums of a run as its files are now."""
    sums = sum_files({name: (run / name).read_bytes() for name in LIMITS})
    (run / CHECKSUMS).write_text(format_checksums(sums), encoding="ascii")
    return Scene(run=run)


def change_file(run: Path, name: str, change: Change) -> None:
    """Change the values in a JSON file of a run."""
    body = json.loads((run / name).read_text(encoding="utf-8"))
    change(body)
    (run / name).write_text(format_json(body), encoding="utf-8")


def change_machine(run: Path, change: Change) -> Scene:
    """Change machine.json."""
    change_file(run, "machine.json", change)
    return seal(run)


def change_fingerprint(run: Path, change: Change) -> Scene:
    """Change fingerprint.json; its class is that of its fields again."""

    def change_both(body: dict[str, Any]) -> None:
        change(body)
        body["class"] = digest_class(body["compared"], body["probes"])

    change_file(run, "fingerprint.json", change_both)
    return seal(run)


def change_record(run: Path, change: Change) -> Scene:
    """Change record.json and what follows from it, so that the run contradicts itself nowhere."""

    def change_all(body: dict[str, Any]) -> None:
        change(body)
        body["config_digest"] = digest_json(body["settings"])
        body["digests"]["run"] = digest_run(body["bits"], body["config_digest"], body["digests"])
        (run / CONFIG_NAME).write_text(format_settings(body["settings"]), encoding="utf-8")

    change_file(run, "record.json", change_all)
    return seal(run)


def read_record(run: Path) -> dict[str, Any]:
    """Return the values in record.json."""
    body: dict[str, Any] = json.loads((run / "record.json").read_text(encoding="utf-8"))
    return body


def make_benchmark(run: Path, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return what `benchmark --json` would print of repeats and seeds of a run."""
    record = read_record(run)
    mean = {"mean": 0.5, "standard_deviation": 0.1, "low": 0.25, "high": 0.75, "confidence": 0.95, "n": 3}
    repeats = {"count": 3, "identical": True, "run_digest": record["digests"]["run"], "spread": {}}
    repeats |= {"first_difference": None}
    return {
        "schema": "repro-appliance/benchmark/1",
        "config": record["config"],
        "config_digest": record["config_digest"],
        "profile": record["profile"],
        "precision": record["precision"],
        "seed": record["seed"],
        "threads": 1,
        "timing": {},
        "verdict": "identical",
        "repeats": {record["profile"]: repeats},
        "seeds": {"seeds": [1, 2, 3], "metrics": {"test_accuracy": mean}},
        **changes,
    }


def make_sweep(run: Path, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return what `benchmark --sweep --json` would print of this run and of another one."""
    row = {key: value for key, value in make_benchmark(run, **changes).items() if key != "schema"}
    rows = [
        row | {"settings": {"optimizer.learning_rate": "0.1"}},
        row | {"settings": {"optimizer.learning_rate": "0.2"}, "config_digest": "sha256:" + "0" * 64},
    ]
    body = {"schema": "repro-appliance/sweep/1", "verdict": "identical", "profile": row["profile"], "threads": 1}
    return body | {"axes": {"optimizer.learning_rate": ["0.1", "0.2"]}, "rows": rows}


def make_proof(run: Path, subject: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return what `prove --json` would print."""
    return {
        "schema": "repro-appliance/prove/1",
        "subject": subject,
        "config_digest": read_record(run)["config_digest"],
        "verdict": "identical",
        "sentence": "every training gave the same results",
        "trials": [{"status": "identical", "world": "as here", "stop": "", "first": ""}],
        "config": "/place of/config.toml",
        "first": None,
        "not_tried": [],
        "closure": None,
        "notes": [],
        "remedy": "",
        "seconds": 1.0,
        **changes,
    }


def make_verification(run: Path, checks: tuple[str, ...] = ("V009",), **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return what `verify --json` would print of one configuration."""
    record = read_record(run)
    digest = record["digests"]["run"]
    row = {"config": record["config"], "verdict": "identical", "expected": digest, "found": digest, **changes}
    empty = {"title": "fine", "status": "pass", "expected": None, "found": None, "remedy": None}
    rows = [{"id": number, "config": record["config"], **empty, "found": row["found"]} for number in checks]
    return {"schema": "repro-appliance/verify/1", "verdict": "identical", "checks": rows, "goldens": [row]}


def make_leg(member: str, config: str, digest: str | None, blas: str) -> dict[str, Any]:
    """Return one machine in an agreement, which trained the configuration."""
    same: dict[str, Any] = {"processor": "a", "ISA": "x86_64", "bytes": "little", "NumPy": "2.4", "Python": "3.13"}
    same["checks"] = [{"id": "V009", "config": config, "status": "pass"}]
    rest = {"verdict": "identical", "seconds": "1", "error": None, "digests": {config: digest}}
    return {"member": member, "BLAS": blas, **same, **rest}


def make_agreement(run: Path, *legs: tuple[str, str | None, str]) -> dict[str, Any]:
    """Return what `agree --json` would print of machines (name, run digest or None for this one, BLAS)."""
    record = read_record(run)
    own = record["digests"]["run"]
    rows = [make_leg(name, record["config"], digest or own, blas) for name, digest, blas in legs]
    return {"schema": "repro-appliance/agreement/1", "verdict": "identical", "legs": rows, "results": []}


def make_answer_of_vary(outputs: dict[str, str], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return what `vary --json` would print of a program with these outputs."""
    return {
        "schema": "repro-appliance/vary/1",
        "verdict": "identical",
        "sentence": "nothing changes the results",
        "control": {"repeats": 3, "identical": True, "rate": 0.0},
        "axes": [
            {"name": "threads", "title": "threads", "values": ["1", "2"], "status": "harmless"},
            {"name": "hash-seed", "title": "hash seed", "values": ["0", "1"], "status": "harmless"},
            {"name": "cpu", "title": "processor", "values": ["host"], "status": "not-tested", "reason": "no other"},
        ],
        "causes": [],
        "classes": [{"id": "A", "worlds": ["as it is"], "command": "train", "outputs": outputs}],
        "harmless": [],
        "advice": [],
        "notes": [],
        "runs": 5,
        "seconds": 1.0,
        "complete": True,
        **changes,
    }


def give(run: Path, *bodies: dict[str, Any]) -> Scene:
    """Write files of evidence beside a run."""
    paths = []
    for number, body in enumerate(bodies):
        paths.append(run.parent / f"evidence-{number}.json")
        paths[-1].write_text(json.dumps(body), encoding="utf-8")
    return Scene(run=run, evidence=tuple(paths))
