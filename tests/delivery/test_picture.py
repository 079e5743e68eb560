"""The picture of the README shows what `vary` prints, and loads nothing."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from delivery import recording

pytestmark = pytest.mark.checkout


def list_addresses(picture: str) -> list[str]:
    """Return the addresses in a picture, without the name of SVG itself."""
    return [
        one
        for one in re.findall(r"(?:https?:|url\()[^\"')\s]+", picture)
        if "w3.org/2000/svg" not in one and "#" not in one
    ]


def read_lines(picture: str) -> list[str]:
    """Return the lines of text that a picture shows."""
    lines: dict[str, str] = {}
    for text in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"):  # noqa: S314 - our own file
        lines[text.attrib["y"]] = lines.get(text.attrib["y"], "") + "".join(text.itertext()).replace("\xa0", " ")
    return [line.rstrip() for line in lines.values()]


def test_the_picture_is_a_recording_of_the_command() -> None:
    """It shows the command, a cause and the verdict; it was drawn by this program; control: another answer differs."""
    picture = recording.PICTURE.read_text(encoding="utf-8")
    lines = read_lines(picture)
    assert lines[0].startswith("$ repro-appliance vary --axes")
    assert any("cause: kernel" in line for line in lines)
    assert any(re.fullmatch(r"different: \d+ runs, [\d.]+ s", line) for line in lines)
    answer = "\n".join(lines).partition("train.py\n\n")[2]
    assert recording.draw(answer) == picture
    assert recording.draw(answer.replace("ulp", "ulps")) != picture


def test_the_picture_loads_nothing() -> None:
    """There is no address in it; control: one of a font is found."""
    picture = recording.PICTURE.read_text(encoding="utf-8")
    assert list_addresses(picture) == []
    assert (
        list_addresses(picture.replace("<style>", '<style>@font-face { src: url("https://example.org/a.woff") }')) != []
    )
