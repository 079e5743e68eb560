"""Plants for the checklist: each changes files of a run of smoke, so that one answer changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.vary.comparing.contents import read_output
from support.planted_answers import (
    Scene,
    change_file,
    change_fingerprint,
    change_record,
    give,
    make_answer_of_vary,
    seal,
)
from verify.files.run import RESULTS
from verify.files.weights import WEIGHTS, format_tensors, parse_tensors
from verify.judging.pins import read_pins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Plant = Callable[[Path], Scene]

OTHER = "sha256:" + "0" * 64


def as_it_is(run: Path) -> Scene:
    """Change nothing."""
    return Scene(run=run)


def set_field(section: str, name: str, value: object) -> Plant:
    """Return a plant that sets a field of the fingerprint."""
    return lambda run: change_fingerprint(run, lambda body: body[section].update({name: value}))


def know_everything(run: Path) -> Scene:
    """Give the fingerprint a value for every field, also where this machine does not tell one."""
    known: dict[str, dict[str, Any]] = {
        "compared": {"blas.name": "openblas", "blas.version": "0.3", "blas.kernel": "Zen", "libc": "glibc 2.36"},
        "context": {"cpu.model": "a processor", "cpu.logical_cores": 2, "memory.bytes": 2**30, "os.name": "Debian"},
    }
    known["compared"] |= {"cpu.features": ["AVX2"], "machine": "x86_64", "byte_order": "little"}
    known["context"] |= {"os.kernel": "Linux 6", "installed.mine": "1.0"}

    def change(body: dict[str, Any]) -> None:
        known["context"]["installed.numpy"] = body["compared"]["numpy.version"]
        used = [name for name in body["compared"] if name.startswith("package.")]
        known["context"] |= {name.replace("package.", "installed."): body["compared"][name] for name in used}
        for section, values in known.items():
            body[section] |= values

    return change_fingerprint(run, change)


def drop_fields(section: str, start: str) -> Plant:
    """Return a plant that takes fields out of the fingerprint."""

    def change(body: dict[str, Any]) -> None:
        body[section] = {name: value for name, value in body[section].items() if not name.startswith(start)}

    return lambda run: change_fingerprint(run, change)


def pin_everything(run: Path) -> Scene:
    """Give the fingerprint the pinned versions."""
    pins = read_pins()
    tag, contents = min(pins.wheels["numpy"].items())

    def change(body: dict[str, Any]) -> None:
        versions = {f"package.{name}": version for name, version in pins.packages.items()}
        python, blas = {"python.version": f"{pins.python}.1"}, {"blas.name": "openblas"}
        blas["blas.version"] = min(pins.openblas.values())
        body["compared"] |= versions | python | blas | {"numpy.version": pins.numpy}
        wheel = {"version": pins.numpy, "tag": tag, "contents": contents}
        body["context"] |= {"channel": "wheel", "channel.numpy_wheel": wheel, "channel.numpy_store_path": None}

    return change_fingerprint(run, change)


def leave_variables(*names: str) -> Plant:
    """Return a plant that sets these variables only."""

    def change(body: dict[str, Any]) -> None:
        kept = {name: value for name, value in body["compared"].items() if not name.startswith("env.")}
        body["compared"] = kept | {"preloaded": []} | {f"env.{name}": "4" for name in names}

    return lambda run: change_fingerprint(run, change)


def change_digest(stage: str) -> Plant:
    """Return a plant that changes a digest of the record, and nothing else."""

    def change(body: dict[str, Any]) -> None:
        body["digests"][stage] = OTHER

    def plant(run: Path) -> Scene:
        change_file(run, "record.json", change)
        return seal(run)

    return plant


def pretend_samples(run: Path) -> Scene:
    """State another digest of the samples, everywhere."""
    return change_record(run, lambda body: body["digests"].update(dataset=OTHER))


def set_record(**values: object) -> Plant:
    """Return a plant that sets values of the record and what follows from them."""
    return lambda run: change_record(run, lambda body: body.update(values))


def set_training(**values: object) -> Plant:
    """Return a plant that sets values in the section `training` of the settings."""
    return lambda run: change_record(run, lambda body: body["settings"]["training"].update(values))


def damage(name: str) -> Plant:
    """Return a plant that changes the last byte of a file."""

    def plant(run: Path) -> Scene:
        content = (run / name).read_bytes()
        (run / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        return Scene(run=run)

    return plant


def remove(name: str) -> Plant:
    """Return a plant that removes a file."""

    def plant(run: Path) -> Scene:
        (run / name).unlink()
        return Scene(run=run)

    return plant


def add_file(run: Path) -> Scene:
    """Add a file that belongs to no run."""
    (run / "notes.txt").write_text("mine", encoding="utf-8")
    return Scene(run=run)


def lose_a_weight(run: Path) -> Scene:
    """Make one weight a NaN."""
    tensors = parse_tensors((run / WEIGHTS).read_bytes(), run)
    arrays = {name: np.array(array) for name, array in tensors.arrays.items()}
    arrays["dense_1.bias"][0] = np.nan
    (run / WEIGHTS).write_bytes(format_tensors(arrays, tensors.metadata["digest"]))
    return seal(run)


def with_evidence(make: Callable[[Path], dict[str, Any]]) -> Plant:
    """Return a plant that gives one file of evidence."""
    return lambda run: give(run, make(run))


def give_worlds(run: Path) -> Scene:
    """Give an answer of `vary` whose outputs are those of this run."""
    return give(run, make_answer_of_vary(read_outputs(run)))


def read_outputs(run: Path) -> dict[str, str]:
    """Return the outputs of a training as `vary` names and digests them."""
    return {f"run/{name}": read_output(run / name, name).content for name in RESULTS if name != "config.toml"}


def spoil_machine(run: Path) -> Scene:
    """Change machine.json without its checksum; it can still be read."""
    change_file(run, "machine.json", lambda body: body.update(run_dir="elsewhere"))
    return Scene(run=run)


def spoil_record(run: Path) -> Scene:
    """Change record.json without its checksum; it can still be read."""
    change_file(run, "record.json", lambda body: body["metrics"].update(test_loss=1.0))
    return Scene(run=run)
