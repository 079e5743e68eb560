"""Events are paired by what they are, not by when they came."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from verify.files import events
from verify.files.events import EventLine
from verify.judging.traces import alignment
from verify.judging.traces.alignment import Pair, Split, align

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_lines(text: str) -> Iterator[EventLine]:
    """Return the events of a text such as "1a 1b 2a", where the number is the step and "-" is none."""
    seen: dict[str, int] = {}
    for number, word in enumerate(text.split(), start=1):
        seen[word] = seen.get(word, 0) + 1
        value = {"kind": "operation", "n": number, "occurrence": seen[word], "outputs": [], "stage": word[-1]}
        value |= {} if word.startswith("-") else {"epoch": 1, "step": int(word[:-1])}
        raw = json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        match = events._LINE.fullmatch(raw)
        assert match
        yield EventLine(raw, number, match)


def show(a: str, b: str) -> str:
    """Return how two texts are paired: "a", "a~" for a moved one, "<x|y>" for what only one side has."""
    words = []
    for found in align(make_lines(a), make_lines(b)):
        if isinstance(found, Pair):
            assert found.a.key == found.b.key
            words.append(found.a.id.stage + ("~" if found.moved else ""))
        else:
            sides = ["".join(event.stage for event in side) for side in (found.a, found.b)]
            counts = [found.count_a, found.count_b]
            assert counts == [len(side) for side in sides] or max(counts) > 5
            words.append(f"<{sides[0]}|{sides[1]}>")
    return " ".join(words)


CASES = {
    "equal": ("1a 1b 2a", "1a 1b 2a", "a b a"),
    "one more": ("1a 1b 1c", "1a 1x 1b 1c", "a <|x> b c"),
    "one less at the end": ("1a 1b", "1a", "a <b|>"),
    "one instead of another": ("1a 1b 1c", "1a 1x 1c", "a <b|x> c"),
    "two in another order": ("1a 1b 1c 1d", "1a 1c 1b 1d", "a b~ c~ d"),
    "many in another order": ("1a 1b 1c 1d 1e", "1d 1c 1b 1a 1e", "a~ b~ c~ d~ e"),
    "a step ends earlier": ("1a 1b 1c 2a 2b", "1a 2a 2b", "a <bc|> a b"),
    "a whole step more": ("1a 1b 2a 2b 3a", "1a 1b 3a", "a b <ab|> a"),
    "one more of a name that comes often": ("-a -b -a -b -a -b -c", "-b -a -b -a -b -a -b -c", "<|b> a b a b a b c"),
    "a loop that turns once more": ("-s -l -m -l -m -e", "-s -l -m -l -m -l -m -e", "s l m l m <|lm> e"),
    "one side is empty": ("1a", "", "<a|>"),
    "nothing in common": ("1a 1b", "1c 1d", "<ab|cd>"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_events_are_paired(name: str) -> None:
    """In both directions."""
    a, b, expected = CASES[name]
    assert show(a, b) == expected
    if "~" not in expected:
        assert show(b, a) == re.sub(r"<(\w*)\|(\w*)>", r"<\2|\1>", expected)


def test_a_long_part_of_one_side_is_skipped_without_being_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than the window: by its steps, which need no window."""
    monkeypatch.setattr(alignment, "WINDOW", 8)
    found = list(align(make_lines("1a " + "2b " * 50 + "3c 3d"), make_lines("1a 3c 3d")))
    (split,) = (row for row in found if isinstance(row, Split))
    assert (split.count_a, len(split.a), split.after) == (50, 5, (1, 1, "a", 1))
    assert sum(1 for row in found if isinstance(row, Pair)) == 3


def test_traces_that_part_too_often_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is read, so that its damage is found, and is not compared."""
    monkeypatch.setattr(alignment, "MOST_SPLITS", 3)
    a = " ".join(f"1{word}" for word in "abcdefghijklmnopqrstuvwxyz")
    b = " ".join(f"1{word} 1X" for word in "abcdefghijklmnopqrstuvwxyz")
    found = list(align(make_lines(a), make_lines(b)))
    splits = [row for row in found if isinstance(row, Split)]
    assert [row.gave_up for row in splits] == [False, False, False, True]
    taken = [
        sum(1 for row in found if isinstance(row, Pair)) + sum(getattr(s, n) for s in splits)
        for n in ("count_a", "count_b")
    ]
    assert taken == [26, 52]
