"""Derived seeds: fixed values, and no two paths share one."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest

from appliance.launch.seeding import seed_everything
from appliance.seeds import derive_benchmark_seed, derive_seed
from appliance.streams import draw_words


def test_a_derived_seed_is_the_documented_hash() -> None:
    """The seed is recomputed here from its definition, without the project's own code."""
    text = json.dumps(["repro-appliance/seed/1", 7, "benchmark", 3], separators=(",", ":"))
    assert derive_seed(7, "benchmark", 3) == int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) // 2


def test_a_derived_seed_never_changes() -> None:
    """A literal guards the definition itself, as a changed seed would change published statistics."""
    assert derive_seed(20260601, "benchmark", 1) == 2348127918356222222


def test_seeds_and_indices_may_be_integers_of_numpy() -> None:
    """They stand for the same key; numbers that are no integers are refused."""
    kinds: list[Any] = [np.int64, np.uint8, np.array]
    for kind in kinds:
        seed, index = kind(7), kind(3)
        assert derive_seed(seed, "benchmark", index) == derive_seed(7, "benchmark", 3)
        assert draw_words(2, seed, "a", index).tolist() == draw_words(2, 7, "a", 3).tolist()
        assert seed_everything(seed, torch="never").seed == 7
    for wrong in (1.5, None, np.float64(1.0)):
        with pytest.raises(TypeError):
            derive_seed(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            draw_words(2, 7, "a", wrong)  # type: ignore[arg-type]


def test_paths_do_not_collide() -> None:
    """Text and number, order, depth and seed all matter."""
    paths: list[tuple[str | int, ...]] = [
        (),
        ("a",),
        (1,),
        ("1",),
        ("a", 1),
        (1, "a"),
        ("a", "b"),
        ("b", "a"),
        ("a", "b", "c"),
    ]
    seeds = [derive_seed(seed, *path) for seed in (0, 1, 2**62) for path in paths]
    assert len(dict.fromkeys(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_the_first_benchmark_seed_is_the_configurations_own() -> None:
    """Run 0 of a benchmark is the plain run; the others derive."""
    assert derive_benchmark_seed(42, 0) == 42
    assert derive_benchmark_seed(42, 2) == derive_seed(42, "benchmark", 2) != 42
