"""What the commands of `data` report: sets, controls, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.config import load_config
from appliance.data import locate
from appliance.data.fetch import fetch
from appliance.data.generate import generate_set
from appliance.data.table import check_config, check_set, list_sets
from verify.escaping import clean_line
from verify.results import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.data.download import ProgressBar
    from appliance.data.source import SetDescription
    from verify.results import Result

SCHEMA = "repro-appliance/data/1"
_EXIT_FAILED = 2

_Body = dict[str, Any]


@attrs.frozen(kw_only=True)
class DataReport:
    """What one command of `data` found or did, as JSON and as text, with its exit code."""

    body: _Body
    text: str
    exit_code: int

    def to_json(self) -> _Body:
        """Return the JSON form."""
        return {"schema": SCHEMA, **self.body}


def list_data(data_dir: Path | None) -> DataReport:
    """List every data set, its licence, and whether its files exist; their contents are not checked."""
    return _report(_format_sets, _list_sets(locate.find_data_dir(data_dir)))


def check_data(name: str, data_dir: Path | None) -> DataReport:
    """Apply every control to a data set, or to the data of a configuration; exit code 0 if all pass, 2 if not.

    Raises:
        ApplianceError: there is no such data set or configuration, or its files cannot be read.
    """
    place = locate.find_data_dir(data_dir)
    if name.endswith(".toml"):
        return _report(_format_checks, _check_config(name, place, data_dir))
    return _report(_format_checks, _describe_checks(check_set(name, place), name, place))


def fetch_data(
    name: str,
    data_dir: Path | None,
    make_bar: Callable[[str], ProgressBar] | None = None,
    base_url: str | None = None,
) -> DataReport:
    """Download the missing files of a data set; exit code 0 if all files now exist and are right, 2 if not."""
    return _report(_format_paths, _fetch_set(name, locate.find_data_dir(data_dir), make_bar, base_url))


def generate_data(name: str, data_dir: Path | None, *, train_samples: int, test_samples: int, seed: int) -> DataReport:
    """Write synthetic samples to a new stored set; exit code 0 if it exists and meets every control, 2 if not."""
    place = locate.find_data_dir(data_dir)
    paths = generate_set(name, place, train_samples=train_samples, test_samples=test_samples, seed=seed)
    body = {"verdict": "done", "name": name, "data_dir": str(place), "files": [str(path) for path in paths]}
    return _report(_format_generated, body)


def _report(render: Callable[[_Body], str], body: _Body) -> DataReport:
    exit_code = 0 if body["verdict"] == "done" else _EXIT_FAILED
    return DataReport(body=body, text=render(body), exit_code=exit_code)


def _list_sets(data_dir: Path) -> _Body:
    sets = [_describe_set(description) for description in list_sets(data_dir)]
    return {"verdict": "done", "data_dir": str(data_dir), "sets": sets}


def _describe_set(found: SetDescription) -> _Body:
    """Return what is listed of a set; files that are there need not be right."""
    files = [{"path": str(file.path), "digest": file.digest, "present": file.path.is_file()} for file in found.files]
    counts = {} if found.samples is None else dict(zip(("train_samples", "test_samples"), found.samples, strict=True))
    present = all(file["present"] for file in files)
    row = {"name": found.name, "title": found.title, "licence": found.licence, "present": present, "files": files}
    return row | counts | ({"own": True, "present": False} if found.own else {})


def _check_config(path: str, place: Path, data_dir: Path | None) -> _Body:
    results, dataset = check_config(load_config(path), data_dir)
    body = _describe_checks(results, path, place)
    if dataset is None:
        return body
    counts = {"train_samples": len(dataset.train_labels), "test_samples": len(dataset.test_labels)}
    shape = {"sample_shape": list(dataset.sample_shape), "classes": dataset.classes, "targets": dataset.targets}
    return body | {"dataset": {"digest": dataset.digest(), **counts, **shape}}


def _describe_checks(results: Sequence[Result], name: str, data_dir: Path) -> _Body:
    verdict = "done" if judge(results) == "identical" else "failed"
    checks = [result.to_json() for result in results]
    return {"verdict": verdict, "name": name, "data_dir": str(data_dir), "checks": checks}


def _fetch_set(name: str, data_dir: Path, make_bar: Callable[[str], ProgressBar] | None, base_url: str | None) -> _Body:
    paths = fetch(name, data_dir, base_url, make_bar)
    return {"verdict": "done", "name": name, "data_dir": str(data_dir), "files": [str(path) for path in paths]}


def _format_sets(body: _Body) -> str:
    lines = [f"data directory {body['data_dir']}"]
    for row in body["sets"]:
        state = "built in"
        if row["files"]:
            state = "there" if row["present"] else "not there"
        elif row.get("own"):
            state = "your files"
        lines.append(f"  {row['name']:<14} {state:<10} {row['title']} ({row['licence']})")
    return "\n".join(map(clean_line, lines))


def _format_checks(body: _Body) -> str:
    lines = []
    failed = [row for row in body["checks"] if row["status"] == "fail"]
    for row in body["checks"]:
        lines.append(f"{row['status']:<4} {row['id']} {row['title']}: {row['where']}")
        if row["status"] == "fail":
            details = (("expected", row["expected"]), ("found", row["found"]), ("try", row["remedy"]))
            lines += [f"       {name:<10} {value}" for name, value in details]
    if "dataset" in body:
        lines += _format_dataset(body["dataset"])
    lines.append(f"{body['name']}: {len(body['checks'])} checks, {len(failed)} failed")
    return "\n".join(map(clean_line, lines))


def _format_dataset(row: _Body) -> list[str]:
    """Return what a data set is as used, in words that [data.controls] can declare."""
    kind = f"{row['classes']} classes" if row["classes"] else f"{row['targets']} targets"
    return [
        f"training {row['train_samples']}, test {row['test_samples']}, samples of shape {row['sample_shape']}, {kind}",
        f"digest {row['digest']}",
    ]


def _format_paths(body: _Body) -> str:
    lines = [*body["files"], f"{body['name']}: {len(body['files'])} files are there, each as published"]
    return "\n".join(map(clean_line, lines))


def _format_generated(body: _Body) -> str:
    lines = [*body["files"], f"{body['name']}: generated, read back, every check passed"]
    return "\n".join(map(clean_line, lines))
