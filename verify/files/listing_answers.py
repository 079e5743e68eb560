"""What commands print as JSON that list, show and write: configurations, data, goldens, predictions."""

from collections.abc import Mapping
from typing import Literal

import attrs

from verify.digests import JsonObject, JsonValue
from verify.files.difference_answers import Verdict
from verify.files.forms import OPTIONAL
from verify.files.kinds import FileKind
from verify.files.limits import ConfigName, Count, Digest
from verify.files.publishing_answers import ChecklistAnswer, ExportAnswer, ReportAnswer
from verify.files.reading import MEBIBYTE
from verify.files.record import Profile
from verify.files.reports import ResultRow


@attrs.frozen(kw_only=True)
class ConfigRow:
    """One configuration that ships."""

    name: ConfigName
    about: str
    config_digest: Digest
    path: str


@attrs.frozen(kw_only=True)
class ConfigList:
    """What `config list --json` prints."""

    directory: str
    configs: tuple[ConfigRow, ...]


@attrs.frozen(kw_only=True)
class ConfigSettings:
    """What `config show --json` prints: all settings, also those that the file leaves out."""

    config: ConfigName
    config_digest: Digest
    path: str
    settings: JsonObject


@attrs.frozen(kw_only=True)
class NewConfig:
    """What `config new --json` prints."""

    config: ConfigName
    path: str


@attrs.frozen(kw_only=True)
class DataFile:
    """One file of a data set; that it is there does not say that it is right."""

    path: str
    digest: str | None
    present: bool


@attrs.frozen(kw_only=True)
class DataSetRow:
    """One data set; `own` stands for files of one's own, which a configuration declares."""

    name: str
    title: str
    licence: str
    present: bool
    files: tuple[DataFile, ...]
    train_samples: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    test_samples: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    own: bool | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class DataAnswer:
    """What `data list`, `check`, `fetch` and `generate` print: sets, the checks of one, or files that were written."""

    verdict: Literal["done", "failed"]
    data_dir: str | None = attrs.field(default=None, metadata=OPTIONAL)
    name: str | None = attrs.field(default=None, metadata=OPTIONAL)
    sets: tuple[DataSetRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    checks: tuple[ResultRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    files: tuple[str, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    config: ConfigName | None = attrs.field(default=None, metadata=OPTIONAL)
    digest: Digest | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class ListedGolden:
    """One golden, or what is wrong with it."""

    config: ConfigName
    bits: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    precision: str | None = attrs.field(default=None, metadata=OPTIONAL)
    seed: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    run: Digest | None = attrs.field(default=None, metadata=OPTIONAL)
    made_with: str | None = attrs.field(default=None, metadata=OPTIONAL)
    problem: str | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class GoldenList:
    """What `golden list --json` prints."""

    goldens: tuple[ListedGolden, ...]


@attrs.frozen(kw_only=True)
class GoldenCheck:
    """What `golden check --json` prints."""

    verdict: Verdict
    checks: tuple[ResultRow, ...]


@attrs.frozen(kw_only=True)
class RecordedGolden:
    """What `golden record --json` prints: where the golden is, and what changed."""

    config: ConfigName
    path: str
    digest: Digest
    changes: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ArrayCheckRow:
    """One check of arrays in a golden beside a test."""

    file: str
    test: str
    check: str
    values: Count
    numpy: str | None
    stored: bool


@attrs.frozen(kw_only=True)
class FileProblem:
    """A golden that cannot be read."""

    file: str
    problem: str


@attrs.frozen(kw_only=True)
class ArrayGoldenList:
    """What `golden list TESTS --json` prints."""

    checks: tuple[ArrayCheckRow, ...]
    problems: tuple[FileProblem, ...]


@attrs.frozen(kw_only=True)
class RecordedArrays:
    """What `golden record TESTS --json` prints: whether a second run of the tests agreed, and what pytest said."""

    target: str
    verdict: Verdict
    output: str


@attrs.frozen(kw_only=True)
class PredictedSamples:
    """The samples of a prediction."""

    name: str
    count: Count
    shape: tuple[int, ...]


@attrs.frozen(kw_only=True)
class PredictAnswer:
    """What `predict --json` prints: a class for each sample, or its targets."""

    config: ConfigName
    profile: Profile
    precision: str
    run: Digest
    samples: PredictedSamples
    digests: Mapping[str, Digest]
    equals_test_predictions: bool | None
    classes: tuple[int, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    class_names: tuple[str, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    targets: JsonValue = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class FingerprintComparison:
    """What `fingerprint --diff --json` prints: one row for each field."""

    verdict: Verdict
    checks: tuple[ResultRow, ...]


@attrs.frozen(kw_only=True)
class Version:
    """What `--version --json` prints: the version of the program, and that of its arithmetic."""

    version: str
    bits: Count


def _name_kind(name: str, schema: str, form: type[object]) -> FileKind[object]:
    return FileKind(name=name, schema=f"repro-appliance/{schema}/1", form=form, limit=64 * MEBIBYTE)


LISTINGS: Mapping[str, FileKind[object]] = {
    "config-list": _name_kind("a list of configurations", "config-list", ConfigList),
    "config-show": _name_kind("the settings of a configuration", "config-show", ConfigSettings),
    "config-new": _name_kind("a new configuration", "config-new", NewConfig),
    "data": _name_kind("an answer of data", "data", DataAnswer),
    "golden-list": _name_kind("a list of goldens", "golden-list", GoldenList),
    "golden-check": _name_kind("a check of goldens", "golden-check", GoldenCheck),
    "golden-record": _name_kind("a golden that was recorded", "golden-record", RecordedGolden),
    "array-golden-list": _name_kind("a list of goldens of arrays", "array-golden-list", ArrayGoldenList),
    "array-golden-record": _name_kind("goldens of arrays that were recorded", "array-golden-record", RecordedArrays),
    "predict": _name_kind("predictions", "predict", PredictAnswer),
    "export": _name_kind("an export", "export", ExportAnswer),
    "checklist": _name_kind("a checklist", "checklist", ChecklistAnswer),
    "report": _name_kind("a report that was written", "report", ReportAnswer),
    "fingerprint-diff": _name_kind("a comparison of fingerprints", "fingerprint-diff", FingerprintComparison),
    "version": _name_kind("a version", "version", Version),
}
