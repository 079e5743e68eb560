"""Streams of the library: fixed numbers, distributions, independence of the number of draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from appliance import Stream, portable
from appliance.portable import stream as module
from appliance.streams import draw_permutation, draw_uniform, draw_words
from verify.digests import digest_array
from verify.errors import UsageError

STREAM = Stream(1, "test")
DRAWS: dict[str, Any] = {
    "words": STREAM.words,
    "uniform": lambda count: STREAM.uniform(count, -1, 2),
    "normal": lambda count: STREAM.normal(count, 5.0, 2.0),
    "integers": lambda count: STREAM.integers(-3, 3 * 2**60, count),
    "choice": lambda count: STREAM.choice(["a", "b", "c"], count),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_longer_draw_begins_like_a_shorter_one(name: str) -> None:
    """Also an odd number of normals, and integers of which some words are left out."""
    longest = DRAWS[name](1000).tolist()
    for count in (0, 1, 2, 7, 333):
        assert DRAWS[name](count).tolist() == longest[:count]
    assert getattr(STREAM, name)(
        *([4] if name == "choice" else [0, 9] if name == "integers" else []), shape=(2, 3, 4)
    ).shape == (2, 3, 4)


def test_streams_have_their_frozen_numbers() -> None:
    """The digests of many draws; another rule shows here."""
    found = {name: digest_array(name, draw(999))[7:19] for name, draw in DRAWS.items() if name != "choice"}
    found["permutation"] = digest_array("permutation", STREAM.permutation(999))[7:19]
    assert found == FROZEN


def test_streams_are_told_apart_by_seed_name_and_indices() -> None:
    """Derived streams are those of their indices; texts and numbers differ; a stream has no state."""
    assert STREAM.derive("a", 3) == Stream(1, "test", "a", 3)
    assert STREAM.spawn(3) == [STREAM.derive(0), STREAM.derive(1), STREAM.derive(2)]
    streams = [STREAM, Stream(2, "test"), Stream(1, "other"), STREAM.derive(1), STREAM.derive("1"), STREAM.derive(1, 0)]
    assert len({int(one.words()) for one in streams}) == len(streams)
    assert STREAM.uniform(5).tolist() == STREAM.uniform(5).tolist()
    assert Stream(np.int64(1), "test", np.uint8(3)) == STREAM.derive(3)  # type: ignore[arg-type]
    for seed, name, index in ((1.0, "a", 1), (1, 2, 1), (1, "a", 1.5), (1, "a", None)):
        with pytest.raises(UsageError):
            Stream(seed, name, index)  # type: ignore[arg-type]
    assert repr(STREAM.derive("a", 3)) == "Stream(1, 'test', 'a', 3)"


def test_streams_agree_with_the_functions_of_trainings() -> None:
    """Words, uniforms and permutations are those of `draw_words`, `draw_uniform` and `draw_permutation`."""
    epoch = Stream(3, "shuffle", 2)
    assert epoch.words(5).tolist() == draw_words(5, 3, "shuffle", 2).tolist()
    assert epoch.uniform(5).tolist() == draw_uniform(5, 3, "shuffle", 2).tolist()
    assert epoch.permutation(50).tolist() == draw_permutation(50, 3, "shuffle", 2).tolist()


def test_normals_are_normally_distributed() -> None:
    """Moments, tails and the independence of neighbours within five standard errors; uniforms are told apart."""
    z = STREAM.normal(200_000)
    assert abs(float(portable.mean(z))) < 5 / math.sqrt(len(z))
    assert abs(float(portable.var(z)) - 1) < 5 * math.sqrt(2 / len(z))
    assert abs(float(portable.mean(z**3))) < 5 * math.sqrt(15 / len(z))
    assert abs(float(portable.mean(z**4)) - 3) < 5 * math.sqrt(96 / len(z))
    assert abs(float(portable.mean(z[::2] * z[1::2]))) < 5 / math.sqrt(len(z) / 2)
    levels = np.linspace(-3, 3, 25)
    shares = np.array([np.mean(z < level) for level in levels])
    expected = np.array([(1 + math.erf(level / math.sqrt(2))) / 2 for level in levels])
    assert np.abs(shares - expected).max() < 5 * 0.5 / math.sqrt(len(z))
    flat = (STREAM.uniform(200_000) - 0.5) * math.sqrt(12)
    assert abs(float(portable.mean(flat**4)) - 3) > 0.5


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 10), (-5, 3), (0, 2**62), (0, 3 * 2**61), (-(2**62), 2**61 + 7)])
def test_integers_are_in_their_range_and_equally_likely(low: int, high: int) -> None:
    """Every integer is in the range; eight equal parts of it get equal shares."""
    drawn = STREAM.integers(low, high, 40_000)
    assert drawn.dtype == np.int64
    assert low <= int(drawn.min()) <= int(drawn.max()) < high
    if high - low >= 8:
        parts = np.bincount([(int(x) - low) * 8 // (high - low) for x in drawn], minlength=8)
        spread = 8 if high - low > 1000 or (high - low) % 8 == 0 else 0
        assert not spread or np.abs(parts - 5000).max() < 5 * math.sqrt(5000)


def test_words_that_would_favour_small_integers_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest words are skipped; without this rule small integers are more likely, which the shares show."""
    words = np.array([2**64 - 1, 5, 2**63, 12], dtype=np.uint64)
    monkeypatch.setattr(module, "draw_words", lambda count, *_: np.resize(words, count))
    assert STREAM.integers(0, 10, 3).tolist() == [5, 2**63 % 10, 2]
    assert STREAM.integers(0, 8, 4).tolist() == [7, 5, 0, 4]


def test_choices_and_shuffles() -> None:
    """With and without replacement, along the first axis, of numbers and lists; the original stays."""
    table = np.arange(20).reshape(10, 2)
    shuffled = STREAM.shuffle(table)
    assert sorted(shuffled.tolist()) == table.tolist() != shuffled.tolist()
    assert (shuffled == table[STREAM.permutation(10)]).all()
    assert sorted(STREAM.choice(10, 10, replace=False).tolist()) == list(range(10))
    assert STREAM.choice(table, (2, 3)).shape == (2, 3, 2)
    assert STREAM.choice(["x"]) == "x"
    with pytest.raises(UsageError, match="cannot be chosen"):
        STREAM.choice(3, 4, replace=False)
    for low, high in ((1, 1), (2, 1), (0, 2**63 + 1), (-(2**63), 2**63)):
        with pytest.raises(UsageError, match="cannot be drawn"):
            STREAM.integers(low, high)


FROZEN = {
    "words": "d692c509af88",
    "uniform": "2648d4bc9cba",
    "normal": "aa67365d6cdf",
    "integers": "ee9ecf6d434b",
    "permutation": "5e4e4df25440",
}
