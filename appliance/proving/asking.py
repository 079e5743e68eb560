"""Children of `prove` that run a module of this room: the request goes to them as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import cattrs

from appliance.proving.reading import find_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.proving.children import Bench

Request = TypeVar("Request")
_CONVERTER = cattrs.Converter(forbid_extra_keys=True)


def ask(module: str, request: object, bench: Bench, folder: Path, directory: Path) -> str:
    """Run a module of this room in a child; return why it did not end well, or nothing.

    Args:
        module: its name.
        request: what it reads with `read_request`.
        bench: where children run.
        folder: where its files are.
        directory: where it starts.
    """
    written = folder / "request.json"
    written.write_text(json.dumps(_CONVERTER.unstructure(request)), encoding="utf-8")
    words = ("-m", f"appliance.proving.{module}", str(written), str(folder))
    return find_problem(bench.run(bench.plan(words, directory)))


def read_request(arguments: Iterable[str], kind: type[Request]) -> tuple[Request, Path]:
    """Return the request and the folder that `ask` named on the command line of this process."""
    written, folder = map(Path, arguments)
    return _CONVERTER.structure(json.loads(written.read_text(encoding="utf-8")), kind), folder
