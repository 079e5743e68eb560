"""config.toml of a run: reads back to the same settings, and no other text passes."""

from __future__ import annotations

import tomllib
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import list_configs, load_config, parse_settings
from support.edits import swap
from verify.digests import digest_json
from verify.files.settings import digest_settings, format_settings

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS: Any = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), TEXTS)
VALUES: Any = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3)
)


@pytest.mark.parametrize("name", list_configs())
def test_every_configuration_reads_back(name: str) -> None:
    """The text gives an equal configuration with the same digest, also with the largest seed."""
    config = attrs.evolve(load_config(name), seed=2**63 - 1)
    text = format_settings(config.settings())
    assert parse_settings(tomllib.loads(text), where=name) == config
    assert digest_settings(text.encode(), config.settings()) == config.digest()


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_every_value_reads_back(settings: dict[str, Any]) -> None:
    """Quotes, control characters, odd keys, lists in tables and tables in lists; infinity is refused."""
    try:
        text = format_settings(settings)
    except ValueError:
        assert "inf" in repr(settings)
        return
    assert tomllib.loads(text) == settings


def test_a_long_list_has_a_line_for_each_entry() -> None:
    """A model of many layers stays readable, and within the limits of the reader."""
    settings: dict[str, Any] = {"model": {"layers": [{"kind": "dense", "units": units} for units in range(1, 60)]}}
    text = format_settings(settings)
    assert max(map(len, text.splitlines())) < 100
    assert digest_settings(text.encode(), settings) == digest_json(settings)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed = 1", "seed = 2", "line 5: 'seed = 2'"),
        ("\n[data]", "# x\n[data]", "line 6"),
        ("epochs = 2\n", "", "line"),
    ],
)
def test_another_text_is_named_by_its_first_line(old: str, new: str, says: str) -> None:
    """Other settings, a comment, a line less: the first line that differs is told."""
    settings = load_config("smoke").settings()
    text = format_settings(settings)
    assert old in text
    assert says in digest_settings(swap(text, old, new).encode(), settings)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"a = " + b"[" * 10**5, b"a." * 10**5 + b"b = 1", b"a = " + b"9" * 10**5]
)
def test_texts_of_unknown_origin_never_reach_the_parser(data: bytes) -> None:
    """What is no text, or would keep a parser busy, is another text."""
    assert digest_settings(data, load_config("smoke").settings()).startswith("another text in line 1")


def test_settings_without_a_form_in_toml_are_told() -> None:
    """Null in the settings of a forged record is an answer in words."""
    assert "no form" in digest_settings(b"", {"a": None})
