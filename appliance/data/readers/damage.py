"""The errors of readers: one form for every kind of file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.data.idx import describe_refused
from appliance.errors import DataError
from verify.errors import ApplianceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST = 200  # characters of a library's message


def make_damage(title: str, expected: object, found: object, where: object, remedy: str | None = None) -> DataError:
    """Return the error for a file that is not what it should be."""
    remedy = remedy or "write the file again, or get it again from where it came"
    return DataError(title, expected=expected, found=found, where=where, remedy=remedy)


@contextmanager
def report_damage(title: str, expected: str, where: Path) -> Iterator[None]:
    """Turn whatever a library raises while it reads a damaged file into one error of this project.

    Raises:
        DataError: the file could not be opened, or something was raised; an error of this project is passed on.
    """
    try:
        yield
    except UsageError as error:
        raise describe_refused(error, where) from error.__cause__
    except (ApplianceError, MemoryError):
        raise
    except Exception as error:  # decoders of damaged files raise what they like
        reason = " ".join(str(error).split())[:_LONGEST] or type(error).__name__
        raise make_damage(title, expected, reason, where) from error
