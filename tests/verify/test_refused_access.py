"""Errors: where the system refuses access to a file, the error says what to do."""

from __future__ import annotations

import errno

import pytest

from verify.errors import UsageError, advise_access


def make_error(cause: OSError, remedy: str | None = None) -> UsageError:
    """Return an error that an error of the system caused, as readers and writers raise it."""
    error = UsageError("a file cannot be written", found=cause, remedy=remedy)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_refused_access_has_a_remedy(number: int) -> None:
    """A file of another owner, as in a container with a mounted directory: the user, and the option that helps."""
    error = make_error(OSError(number, "refused"))
    assert '--user "$(id -u):$(id -g)"' in str(error)
    assert str(error).splitlines()[-1].startswith("  try        let user ")


def test_read_only_file_system_has_a_remedy() -> None:
    """A container without a writable directory: mount one."""
    assert '-v "$PWD/runs:/runs"' in str(make_error(OSError(errno.EROFS, "read-only")))


def test_remedy_of_an_error_is_kept() -> None:
    """What the place knows counts more than the system's reason, also when it is set later."""
    error = make_error(OSError(errno.EACCES, "refused"), remedy="do this")
    assert error.remedy == "do this"
    error.remedy = "do that"
    assert error.remedy == "do that"


def test_error_that_names_another_has_its_remedy() -> None:
    """A reader's error is the cause of the error of the configuration, without a remedy of its own."""
    error = UsageError("the configuration cannot be read")
    error.__cause__ = make_error(OSError(errno.EACCES, "refused"))
    assert "docker run --user" in str(error)


@pytest.mark.parametrize("cause", [None, OSError(errno.ENOSPC, "full"), ValueError("no file")])
def test_other_causes_have_no_such_remedy(cause: BaseException | None) -> None:
    """Negative control: a full disk, an error that is none of the system's, and no cause at all."""
    assert advise_access(cause) is None
