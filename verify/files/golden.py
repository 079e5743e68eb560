"""The format of a golden: how it follows from a record, what it must hold before anything is judged by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from verify.bits import BITS_VERSION
from verify.digests import digest_json
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "repro-appliance/golden/1"
STAGES = ("dataset", "initial_weights", "final_weights", "history", "predictions", "run")
EPOCH_KEYS = ("epoch", "train_loss", "test_accuracy", "weights")
RECORD_KEYS = ("bits", "config", "config_digest", "settings", "seed", "precision", "samples")
_KEYS = (*RECORD_KEYS, "schema", "digests", "epochs", "metrics", "made_with", "digest")
_NATIVE_KEYS = ("fingerprint_class", "digests", "metrics", "epochs")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REMEDY = "restore the file from version control, or record it again: repro-appliance golden record NAME --replace"


def seal(golden: Mapping[str, Any]) -> str:
    """Return the digest a golden must carry: over everything in it but that digest."""
    return digest_json({key: value for key, value in golden.items() if key != "digest"})


def _refuse(title: str, where: object, expected: object, found: object) -> CouldNotJudgeError:
    return CouldNotJudgeError(title, expected=expected, found=found, where=where, remedy=_REMEDY)


def _check_keys(value: object, keys: tuple[str, ...], where: str) -> None:
    lost = [key for key in keys if key not in value] if isinstance(value, dict) else list(keys)
    if lost:
        raise _refuse("a golden lacks keys", where, ", ".join(sorted(keys)), f"without {', '.join(lost)}")


def _check_outcome(section: Mapping[str, Any], where: str) -> None:
    """Check the part that both a golden and its section `native` have: digests, epochs, metrics."""
    _check_keys(section["digests"], STAGES, f"{where}, digests")
    for stage in STAGES:
        if not _DIGEST.fullmatch(str(section["digests"][stage])):
            raise _refuse("a golden holds a malformed digest", where, "sha256:...", section["digests"][stage])
    if not isinstance(section["epochs"], list) or not section["epochs"] or not isinstance(section["metrics"], dict):
        raise _refuse(
            "a golden has no epochs or no metrics", where, "a list of epochs, an object of metrics", "neither"
        )
    for epoch in section["epochs"]:
        _check_keys(epoch, EPOCH_KEYS, f"{where}, epochs")


def _check_samples(samples: object, where: str) -> None:
    try:
        values = [float.fromhex(sample["value"]) for rows in dict(samples).values() for sample in rows]  # type: ignore[call-overload]
        places = [[int(i) for i in sample["index"]] for rows in dict(samples).values() for sample in rows]  # type: ignore[call-overload]
    except (TypeError, ValueError, KeyError) as error:
        raise _refuse("a golden's sample values are malformed", where, "index and hexadecimal value", error) from error
    if not values or len(values) != len(places):
        raise _refuse("a golden holds no sample values", where, "at least one", "none")


def check_golden(golden: object, where: str) -> None:
    """Make sure that a value is a whole, untampered golden of this schema and bits version.

    Raises:
        CouldNotJudgeError: it is not; the error says in what. `where` names the golden in it.
    """
    if not isinstance(golden, dict) or golden.get("schema") != SCHEMA:
        found = golden.get("schema") if isinstance(golden, dict) else "not a JSON object"
        raise _refuse("a golden has another schema", where, SCHEMA, found)
    if golden.get("bits") != BITS_VERSION:
        raise _refuse("a golden has another bits version", where, BITS_VERSION, golden.get("bits"))
    _check_keys(golden, _KEYS, where)
    if golden["digest"] != seal(golden):
        raise _refuse("a golden was changed after it was recorded", where, golden["digest"], seal(golden))
    if golden["config_digest"] != digest_json(golden["settings"]):
        title = "a golden's settings do not give its configuration digest"
        raise _refuse(title, where, golden["config_digest"], digest_json(golden["settings"]))
    for key, name in (("config", "name"), ("seed", "seed"), ("precision", "precision")):
        if golden[key] != golden["settings"].get(name):
            title = f"a golden's {key} is not that of its settings"
            raise _refuse(title, where, golden["settings"].get(name), golden[key])
    _check_samples(golden["samples"], where)
    _check_outcome(golden, where)
    if "native" in golden:
        _check_keys(golden["native"], _NATIVE_KEYS, f"{where}, native")
        _check_outcome(golden["native"], f"{where}, native")


def _keep_outcome(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "digests": {stage: record["digests"][stage] for stage in STAGES},
        "epochs": [dict(epoch) for epoch in record["epochs"]],
        "metrics": dict(record["metrics"]),
    }


def build_native(record: Mapping[str, Any], fingerprint_class: str) -> dict[str, Any]:
    """Return the optional section `native` of a golden, from a record of plain NumPy arithmetic."""
    return {"fingerprint_class": fingerprint_class, **_keep_outcome(record)}


def build_golden(
    record: Mapping[str, Any], made_with: Mapping[str, Any], *, native: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the golden that expects what a portable record holds; timing and paths stay out of it.

    Args:
        record: a run's record as a JSON object.
        made_with: what `verify.host.fingerprint.summarize` says of the machine.
        native: what `build_native` returned for the same configuration, if wanted.

    Raises:
        UsageError: the record is not portable.
        CouldNotJudgeError: the record is incomplete, or of another bits version.
    """
    if record.get("profile") != "portable":
        raise UsageError(
            "a golden can only be made from a portable run",
            expected="portable",
            found=record.get("profile"),
            remedy="train with --profile portable",
        )
    try:
        golden = {key: record[key] for key in RECORD_KEYS}
        golden |= {"schema": SCHEMA, "made_with": dict(made_with), **_keep_outcome(record)}
    except KeyError as error:
        raise CouldNotJudgeError("a record is incomplete", expected=error.args[0], found="no such key") from error
    if native is not None:
        golden["native"] = dict(native)
    golden["digest"] = seal(golden)
    check_golden(golden, str(golden["config"]))
    return golden
