"""One kind of JSON file: its schema id, its form, its size, read strictly and written so that it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from verify.errors import CouldNotJudgeError
from verify.files.reading import parse_json, read_bytes
from verify.files.structure import structure, to_json
from verify.files.writing import format_json

if TYPE_CHECKING:
    from pathlib import Path

    from verify.digests import JsonValue

Form = TypeVar("Form")


@attrs.frozen(kw_only=True)
class FileKind(Generic[Form]):
    """One kind of JSON file.

    Args:
        name: what it is, with its article, for the titles of errors ("a golden").
        schema: the value of its key `schema`.
        form: the class of its contents, without that key.
        limit: the size in bytes up to which it is read.
        remedy: what to do about a file that is not valid.
    """

    name: str
    schema: str
    form: type[Form]
    limit: int
    remedy: str | None = None

    def parse(self, value: JsonValue, where: object) -> Form:
        """Return the typed value of a JSON value.

        Raises:
            CouldNotJudgeError: it has another schema, or not the form of this one; `where` names its source.
        """
        found = value.get("schema") if isinstance(value, dict) else "no JSON object"
        if not isinstance(value, dict) or found != self.schema:
            raise CouldNotJudgeError(
                f"{self.name} has another schema", expected=self.schema, found=found, where=where, remedy=self.remedy
            )
        try:
            return structure({key: item for key, item in value.items() if key != "schema"}, self.form)
        except ValueError as error:
            raise CouldNotJudgeError(
                f"{self.name} is not valid", expected=self.schema, found=error, where=where, remedy=self.remedy
            ) from error

    def parse_text(self, text: bytes | str, where: object) -> Form:
        """Return the typed value of a JSON text; errors as for `parse`, and for what is not strict JSON."""
        return self.parse(parse_json(text, where=where, what=self.name, remedy=self.remedy), where)

    def read(self, path: Path) -> Form:
        """Return the typed value in a file.

        Raises:
            UsageError: the file cannot be read.
            CouldNotJudgeError: its contents are not of this kind.
        """
        return self.parse_text(read_bytes(path, limit=self.limit, what=self.name), path)

    def to_json(self, value: Form) -> dict[str, JsonValue]:
        """Return the JSON object of a typed value, schema included."""
        body = to_json(value)
        if not isinstance(body, dict):
            raise TypeError(f"{type(value).__name__} is no form")
        return {"schema": self.schema, **body}

    def format(self, value: Form) -> str:
        """Return the text of a file.

        Raises:
            CouldNotJudgeError: the value could not be read back.
        """
        text = format_json(self.to_json(value))
        self.parse_text(text, f"a new file of {self.schema}")
        return text
