"""Faults in exports that the tools of others must find."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Entities = dict[str, dict[str, Any]]
    Statements = list[dict[str, Any]]

_METADATA = "ro-crate-metadata.json"


def _find(entities: Entities, kind: str) -> dict[str, Any]:
    return next(entity for entity in entities.values() if entity["@type"] == kind)


CRATES: Mapping[str, Callable[[Entities], object]] = {
    "an action without instrument": lambda found: _find(found, "CreateAction").pop("instrument"),
    "an instrument that is a file": lambda found: _find(found, "CreateAction").update(
        instrument={"@id": _find(found, "File")["@id"]}
    ),
    "no profile is named": lambda found: found["./"].pop("conformsTo"),
    "no date": lambda found: found["./"].pop("datePublished"),
    "no root": lambda found: found.pop("./"),
    "an entity without type": lambda found: _find(found, "PropertyValue").pop("@type"),
    "an entity inside another": lambda found: found["./"].update(license={"@type": "CreativeWork", "name": "x"}),
    "another version of the specification": lambda found: found[_METADATA].update(conformsTo={"@id": "https://x.org/"}),
    "a file that is not there": lambda found: (
        found["./"]["hasPart"].append({"@id": "none.txt"})
        or found.update({"none.txt": {"@id": "none.txt", "@type": "File", "name": "none.txt"}})
    ),
}
"""Faults in the entities of a crate, by their identifiers."""
STATEMENTS: Mapping[str, Callable[[Statements], object]] = {
    "a field that no form has": lambda found: found[0]["predicate"].update(verdict="identical"),
    "a subject without digest": lambda found: found[0]["subject"][0].pop("digest"),
    "no subject": lambda found: found[0].update(subject=[]),
    "another kind of statement": lambda found: found[1].update(_type="https://in-toto.io/Statement/v9"),
    "no predicate": lambda found: found[1].pop("predicate"),
    "a result that is none": lambda found: found[0]["predicate"].update(result="MAYBE"),
    "a test that is a number": lambda found: found[0]["predicate"].update(passedTests=[1]),
    "no configuration": lambda found: found[0]["predicate"].update(configuration=[]),
}
"""Faults in the two statements on a run: the test result, then the judgement."""


def plant_faults(crate: Path, statements: Path, folder: Path) -> dict[Path, str]:
    """Write a copy for each fault, and return the faults by the paths of the copies.

    Args:
        crate: a sound crate, a directory.
        statements: a sound file of statements.
        folder: where copies go.
    """
    planted = {}
    for number, (name, change) in enumerate(CRATES.items()):
        copy = folder / f"crate-{number}"
        shutil.copytree(crate, copy)
        metadata = json.loads((copy / _METADATA).read_text(encoding="utf-8"))
        entities = {entity["@id"]: entity for entity in metadata["@graph"]}
        change(entities)
        text = json.dumps({**metadata, "@graph": list(entities.values())})
        (copy / _METADATA).write_text(text, encoding="utf-8")
        planted[copy] = name
    for number, (name, spoil) in enumerate(STATEMENTS.items()):
        found = [json.loads(line) for line in statements.read_text(encoding="utf-8").splitlines()]
        spoil(found)
        copy = folder / f"statements-{number}.jsonl"
        copy.write_text("".join(f"{json.dumps(statement)}\n" for statement in found), encoding="utf-8")
        planted[copy] = name
    return planted
