"""Streams: fixed words for a name, independent of everything else."""

from __future__ import annotations

import numpy as np

from appliance.streams import draw_permutation, draw_uniform, draw_words


def test_words_are_frozen() -> None:
    """The first words of a stream are those of bits 2."""
    assert draw_words(3, 1, "init", 1).tolist() == WORDS


def test_a_longer_draw_begins_like_a_shorter_one() -> None:
    """How much is drawn does not change what is drawn."""
    assert draw_words(1000, 5, "x")[:10].tolist() == draw_words(10, 5, "x").tolist()


def test_seed_name_and_index_each_give_another_stream() -> None:
    """No two keys share their first word."""
    keys: list[tuple[int, str, *tuple[int, ...]]] = [
        (1, "a"),
        (2, "a"),
        (1, "b"),
        (1, "a", 0),
        (1, "a", 1),
        (1, "a", 1, 0),
    ]
    assert len({int(draw_words(1, seed, name, *rest)[0]) for seed, name, *rest in keys}) == len(keys)


def read_global_words() -> list[int]:
    """Return the words of NumPy's global generator."""
    state = np.random.get_state()
    assert isinstance(state, tuple)
    return [int(word) for word in state[1]]


def test_global_seeds_have_no_influence() -> None:
    """Legacy global state neither changes a stream nor is changed by it."""
    np.random.seed(1)
    first = draw_words(4, 1, "x").tolist()
    before = read_global_words()
    np.random.seed(2)
    assert draw_words(4, 1, "x").tolist() == first
    np.random.seed(1)
    draw_words(4, 1, "x")
    assert read_global_words() == before


def test_uniforms_are_multiples_of_two_to_the_minus_53() -> None:
    """Uniform values lie in [0, 1) on the 53-bit grid and spread over it."""
    u = draw_uniform(10000, 3, "u")
    assert ((u >= 0) & (u < 1)).all()
    assert (u * 2.0**53 == np.rint(u * 2.0**53)).all()
    assert abs(u.mean() - 0.5) < 0.02


def test_permutations_are_permutations() -> None:
    """Every index occurs once, and epochs differ."""
    first, second = draw_permutation(500, 3, "shuffle", 1), draw_permutation(500, 3, "shuffle", 2)
    assert sorted(first.tolist()) == list(range(500))
    assert first.tolist() != second.tolist()
    assert draw_permutation(0, 3, "shuffle").size == 0


WORDS = [1214581014136383088, 340148838597846554, 3224759422799893476]
