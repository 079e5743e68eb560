"""The laws about what a source file may do, each applied to both packages and to texts that break it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from laws.source import Source
from laws.table import LAWS

if TYPE_CHECKING:
    from laws.table import Law


def _is_exempt(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)


@pytest.fixture(scope="module")
def sources(modules: dict[str, str]) -> dict[str, Source]:
    """Return every module of both packages, parsed once for all laws."""
    return {name: Source.parse(text) for name, text in modules.items()}


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_law_holds_in_every_room_it_binds(law: Law, sources: dict[str, Source]) -> None:
    """No module outside the exempt rooms does what the law forbids."""
    offences = [
        f"{name}:{line} {what}"
        for name, source in sources.items()
        if not _is_exempt(name, law.exempt)
        for line, what in law.find(source)
    ]
    assert sources
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize(("law", "text"), [(law, text) for law in LAWS for text in law.broken], ids=str)
def test_law_reports_an_offender(law: Law, text: str) -> None:
    """A small text that breaks the law is reported."""
    assert list(law.find(Source.parse(text)))


@pytest.mark.parametrize(("law", "text"), [(law, text) for law in LAWS for text in law.kept], ids=str)
def test_law_does_not_report_what_it_allows(law: Law, text: str) -> None:
    """A text that only resembles an offence is not reported."""
    assert list(law.find(Source.parse(text))) == []


def test_exempt_rooms_exist(modules: dict[str, str]) -> None:
    """An exemption for a room that does not exist would hide a later offence."""
    rooms = sorted({room for law in LAWS for room in law.exempt})
    assert [room for room in rooms if not any(_is_exempt(name, (room,)) for name in modules)] == []
