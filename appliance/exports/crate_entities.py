"""Entities of a crate that stand for files, terms, people and programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from verify.digests import digest_bytes
from verify.errors import UsageError
from verify.files.checksums import CHECKSUMS
from verify.files.history import HISTORY
from verify.files.machine import MACHINE_NAME
from verify.files.run import FINGERPRINT_NAME, RECORD_NAME
from verify.files.settings import CONFIG_NAME
from verify.files.weights import PREDICTIONS, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.digests import JsonObject, JsonValue

_DESCRIPTIONS: Mapping[str, str] = {
    RECORD_NAME: "What came out: digests of every stage, epochs, metrics, samples of values",
    HISTORY: "Losses, scores and the digest of the weights after each epoch, a line of JSON each",
    WEIGHTS: "The final weights",
    PREDICTIONS: "The outputs of the network for the test samples",
    CONFIG_NAME: "All settings of the run",
    FINGERPRINT_NAME: "The machine that made the run",
    MACHINE_NAME: "When and where the run was made, how long it took",
    CHECKSUMS: "The SHA-256 of the files of the run, as sha256sum -c reads them",
}
_FORMATS: Mapping[str, str] = {
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".py": "text/x-python",
    ".sha256": "text/plain",
    ".toml": "application/toml",
}
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}", flags=re.ASCII)
_ADDRESS = re.compile(r"https?://[!-;=?-Z\[\]_a-z~]{1,500}", flags=re.ASCII)
_PERSON = re.compile(r"([^<>]{1,200}?)(?: *<(.*)>)?")


def refer(entity: JsonObject) -> JsonObject:
    """Return the reference to an entity."""
    return {"@id": entity["@id"]}


def describe_file(path: str, content: bytes) -> JsonObject:
    """Return the entity of a file with its size and its SHA-256."""
    return {
        **describe_other_file(path),
        "contentSize": str(len(content)),
        "sha256": digest_bytes(content).removeprefix("sha256:"),
    }


def describe_other_file(path: str, description: str | None = None) -> JsonObject:
    """Return the entity of a file without size and digest."""
    name = path.rpartition("/")[2]
    suffix = f".{name.rpartition('.')[2]}"
    return {
        "@id": path,
        "@type": "File",
        "name": name,
        "description": description or _DESCRIPTIONS.get(name, name),
        "encodingFormat": _FORMATS.get(suffix, "application/octet-stream"),
    }


def describe_license(terms: str | None) -> JsonObject:
    """Return the entity of the terms under which runs may be used: an SPDX identifier or an address.

    Raises:
        UsageError: the text is neither.
    """
    if terms is None:
        return {
            "@id": "#license",
            "@type": "CreativeWork",
            "name": "No terms were stated",
            "description": "Whoever made the export did not say under which terms its files may be used",
        }
    if _ADDRESS.fullmatch(terms):
        return {"@id": terms, "@type": "CreativeWork", "name": terms, "description": "The terms of all files"}
    if _SPDX.fullmatch(terms):
        address = f"https://spdx.org/licenses/{terms}"
        return {"@id": address, "@type": "CreativeWork", "name": terms, "description": "The terms of all files"}
    raise UsageError(
        "these are no terms of use",
        expected="an SPDX identifier such as CC-BY-4.0, or an address that begins with https://",
        found=terms[:200],
        where="--license",
    )


def describe_agent(agent: str | None) -> JsonObject | None:
    """Return the entity of the person who made the runs: "Name", or "Name <https://orcid.org/...>".

    Raises:
        UsageError: the text has another form.
    """
    if agent is None:
        return None
    found = _PERSON.fullmatch(agent.strip())
    if not found or not found[1].isprintable() or not (found[2] is None or _ADDRESS.fullmatch(found[2])):
        raise UsageError(
            "this is no name of a person",
            expected='"Name", or "Name <https://orcid.org/0000-0000-0000-0000>"',
            found=agent[:200],
            where="--agent",
        )
    return {"@id": found[2] or "#agent", "@type": "Person", "name": found[1]}


def describe_software(
    name: str, version: str | None, url: str | None, below: Sequence[JsonObject] = ()
) -> dict[str, JsonValue]:
    """Return the entity of a program or library in one version, with what it needs."""
    place = f"{url}#{quote(version)}" if url and version else make_id(name, version or "")
    entity: dict[str, JsonValue] = {"@id": place, "@type": "SoftwareApplication", "name": name}
    if version:
        entity["softwareVersion"] = version
    if url:
        entity["url"] = url
    if below:
        entity["softwareRequirements"] = [refer(one) for one in below]
    return entity


def make_id(*parts: str) -> str:
    """Return an identifier in a crate of texts that may hold anything."""
    return "#" + re.sub(r"[^A-Za-z0-9.+_-]+", "-", "-".join(filter(None, parts)), flags=re.ASCII)[:100]
