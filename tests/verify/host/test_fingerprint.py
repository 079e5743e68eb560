"""Fingerprints: complete, repeatable, compared field by field."""

from __future__ import annotations

import builtins
import importlib
import json
import os
import platform
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.fingerprint import FINGERPRINT, MachineSummary, build_fingerprint
from verify.host import fingerprint, world
from verify.results import judge

if TYPE_CHECKING:
    from verify.files.fingerprint import Fingerprint


@pytest.fixture(scope="module")
def captured() -> Fingerprint:
    """Return this machine's fingerprint."""
    return fingerprint.capture()


def change(captured: Fingerprint, section: str, field: str, value: str | None) -> Fingerprint:
    """Return a fingerprint with another value of one field, without a new class."""
    sections: dict[str, Any] = {section: {**getattr(captured, section), field: value}}
    return attrs.evolve(captured, **sections)


def test_fingerprint_has_every_section(captured: Fingerprint) -> None:
    """Schema, compared, context and probes are there, with the fields that matter most."""
    assert FINGERPRINT.to_json(captured)["schema"] == "repro-appliance/fingerprint/1"
    compared = {"python.version", "numpy.version", "blas.kernel", "blas.threads", "machine", "byte_order", "libc"}
    assert compared | {"cpu.features", "numpy.dispatch", "python.hash_randomization"} <= set(captured.compared)
    assert {"os.kernel", "cpu.model", "time_zone", "locale", "channel", "memory.bytes"} <= set(captured.context)
    assert captured.probes


def test_fingerprint_survives_json(captured: Fingerprint) -> None:
    """What is written to a file reads back the same."""
    assert FINGERPRINT.parse_text(FINGERPRINT.format(captured), "here") == captured


def test_fingerprint_takes_less_than_a_second() -> None:
    """The better of two captures is quick."""
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        fingerprint.capture()
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 1.0


def test_fingerprint_repeats_itself(captured: Fingerprint) -> None:
    """Two captures of one process agree in fields, probes and class."""
    again = fingerprint.capture()
    assert judge(fingerprint.compare(captured, again)) == "identical"
    assert again.class_digest == captured.class_digest


def test_threads_are_held_and_read_back() -> None:
    """A capture for one thread says that it had one thread."""
    assert fingerprint.capture(1).compared["blas.threads"] in (1, None)


def test_changed_field_is_reported(captured: Fingerprint) -> None:
    """One other field is one failing row that names it with both values."""
    other = change(captured, "compared", "blas.kernel", "Prescott")
    failed = [row for row in fingerprint.compare(captured, other) if row.status == "fail"]
    assert [(row.id, row.title, row.expected, row.found) for row in failed] == [
        ("F001", "blas.kernel", captured.compared["blas.kernel"], "Prescott")
    ]


def test_changed_probe_is_reported_apart(captured: Fingerprint) -> None:
    """A probe that differs fails under its own id."""
    other = change(captured, "probes", "nan.f64", "0")
    assert [(r.id, r.title) for r in fingerprint.compare(captured, other) if r.status == "fail"] == [
        ("F002", "nan.f64")
    ]


@pytest.mark.parametrize("value", ["4", None])
def test_field_on_one_side_only_is_reported(captured: Fingerprint, value: str | None) -> None:
    """A variable that is set on one side differs, even from one without a value."""
    other = change(captured, "compared", "env.OMP_SAMPLE", value)
    assert judge(fingerprint.compare(captured, other)) == "different"
    assert judge(fingerprint.compare(other, captured)) == "different"


def test_context_is_never_compared(captured: Fingerprint) -> None:
    """Another kernel release, processor and time zone make no difference."""
    other = attrs.evolve(captured, context={})
    assert judge(fingerprint.compare(captured, other)) == "identical"


@pytest.mark.parametrize(
    ("section", "field", "same"),
    [
        ("compared", "blas.threads", False),
        ("compared", "numpy.dispatch", False),
        ("compared", "libc", False),
        ("probes", "order.sum.f64.16", False),
        ("compared", "package.typer", True),
        ("compared", "python.version", True),
        ("context", "cpu.model", True),
    ],
)
def test_class_covers_what_decides_native_bits(captured: Fingerprint, section: str, field: str, *, same: bool) -> None:
    """The class changes with arithmetic and with nothing else."""
    other = change(captured, section, field, "another")
    again = build_fingerprint(other.compared, other.context, other.probes)
    assert (again.class_digest == captured.class_digest) is same


def test_variables_that_matter_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of BLAS, OpenMP and the hash seed are compared, others are not."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.setenv("SECRET_SAMPLE", "x")
    read = world.read_variables()
    assert read["env.OPENBLAS_CORETYPE"] == "Haswell"
    assert read["env.PYTHONHASHSEED"] == "0"
    assert "env.SECRET_SAMPLE" not in read


@pytest.mark.skipif(os.name != "posix", reason="only there a variable may hold any bytes")
def test_any_bytes_in_a_variable_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not UTF-8 leaves a fingerprint that can be written and read."""
    monkeypatch.setenv("OMP_SAMPLE", os.fsdecode(b"caf\xe9"))
    captured = fingerprint.capture()
    assert captured.compared["env.OMP_SAMPLE"] == "caf\ufffd"
    assert FINGERPRINT.parse_text(FINGERPRINT.format(captured), "here") == captured


def test_no_field_names_the_host(captured: Fingerprint) -> None:
    """Neither the host's name nor a home directory travels with a result."""
    text = FINGERPRINT.format(attrs.evolve(captured, probes={}))
    assert f'"{platform.node()}"' not in text
    assert str(Path.home()) + "/" not in text


def test_optional_packages_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without threadpoolctl and psutil the fields are there and empty, and a capture still succeeds."""
    real, load = builtins.__import__, importlib.import_module
    absent = ("threadpoolctl", "psutil")

    def refuse_import(name: str, *rest: object) -> object:
        if name in absent:
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    def refuse_load(name: str, package: str | None = None) -> object:
        if name in absent:
            raise ImportError(name)
        return load(name, package)

    monkeypatch.setattr(builtins, "__import__", refuse_import)
    monkeypatch.setattr(importlib, "import_module", refuse_load)
    captured = fingerprint.capture(1)
    assert captured.compared["blas.kernel"] is None
    assert captured.context["cpu.physical_cores"] is None


@pytest.mark.parametrize("text", ["2.4.4##[group]", "2.4.4\n::error::x", "\x1b[2J"])
def test_summary_of_a_hostile_file_is_safe(text: str) -> None:
    """Found by `make torture`: the summary stands in lists and tables that people read."""
    shown = MachineSummary(numpy=text, machine=text).describe()
    assert not re.search(r"##\[|[\x00-\x1f]|^\s*::", shown)


def test_summary_is_a_few_words(captured: Fingerprint) -> None:
    """A machine is described by NumPy, instruction set and kernel."""
    assert MachineSummary(numpy="2.4.4", machine="x86_64", blas_kernel="SkylakeX").describe() == (
        "numpy 2.4.4, x86_64, SkylakeX"
    )
    assert MachineSummary().describe() == "unknown"
    assert str(captured.compared["numpy.version"]) in captured.summarize().describe()


def test_fingerprint_is_read_from_a_run_directory(captured: Fingerprint, tmp_path: Path) -> None:
    """A fingerprint can be read from a run directory."""
    (tmp_path / "fingerprint.json").write_text(FINGERPRINT.format(captured), encoding="utf-8")
    assert fingerprint.read_fingerprint(tmp_path) == captured
    assert fingerprint.read_fingerprint(tmp_path / "fingerprint.json") == captured


def test_missing_fingerprint_is_a_usage_error(tmp_path: Path) -> None:
    """A file that is not there is the caller's mistake."""
    with pytest.raises(UsageError, match="cannot be read"):
        fingerprint.read_fingerprint(tmp_path / "nowhere.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "repro-appliance/fingerprint/2"}', '{"schema": 1'])
def test_other_files_are_no_fingerprints(text: str, tmp_path: Path) -> None:
    """Something else in the file cannot be judged by."""
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CouldNotJudgeError, match="a fingerprint") as caught:
        fingerprint.read_fingerprint(path)
    assert caught.value.where == path


def test_fingerprint_without_a_section_is_refused(tmp_path: Path) -> None:
    """A section that is missing cannot agree with anything."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"schema": FINGERPRINT.schema, "compared": {}, "context": {}}), encoding="utf-8")
    with pytest.raises(CouldNotJudgeError, match="a fingerprint is not valid") as caught:
        fingerprint.read_fingerprint(path)
    assert "probes: the key is missing" in str(caught.value.found)
