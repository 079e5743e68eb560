"""The order of additions, read from results alone; and operations called by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.why.mechanism import explain_sums
from appliance.why.summation import probe_product

if TYPE_CHECKING:
    from collections.abc import Callable

    Product = Callable[[Any, Any], Any]


def add_in_order(a: Any, b: Any) -> Any:  # noqa: ANN401
    """Add the products one after the other, each rounded."""
    total = a.dtype.type(0)
    for x, y in zip(a, b, strict=True):
        total = total + x * y
    return total


def add_halves(a: Any, b: Any) -> Any:  # noqa: ANN401
    """Add both halves in order, then their sums."""
    half = len(a) // 2
    return add_in_order(a[:half], b[:half]) + add_in_order(a[half:], b[half:])


def add_fused(a: Any, b: Any) -> Any:  # noqa: ANN401
    """Add the products one after the other without rounding them."""
    total = np.float32(0)
    for x, y in zip(a.astype(np.float64), b.astype(np.float64), strict=True):
        total = np.float32(np.float64(total) + x * y)
    return total


def probe(product: Product) -> dict[str, Any]:
    """Return what the probe reads of a product of 32 terms."""
    arguments = {"a": np.ones(32, np.float32), "b": np.ones(32, np.float32)}
    return probe_product(lambda arrays: product(arrays["a"], arrays["b"]), arguments, ["a", "b"], ())


def test_tree_is_read() -> None:
    """In order, the sum that first holds terms 0 and k has k + 1 terms; with halves, 32 for every k of the second."""
    tree = dict(map(tuple, probe(add_in_order)["tree"]))
    assert all(size == place + 1 for place, size in tree.items())
    halves = dict(map(tuple, probe(add_halves)["tree"]))
    assert halves[8] == 9
    assert halves[16] == halves[31] == 32


def test_fused_products_are_seen() -> None:
    """A product that is not rounded leaves a rest that a rounded one does not."""
    assert probe(add_in_order)["fma"] is False
    assert probe(add_fused)["fma"] is True


def test_equal_orders_explain_nothing() -> None:
    """Where both worlds add alike, no mechanism is told; where they do not, tree and product are."""
    same = probe(add_in_order)
    assert explain_sums([same, same]) == ("", ())
    words, evidence = explain_sums([same, probe(add_halves)])
    assert "another order" in words
    assert len(evidence) == 1
    words, _ = explain_sums([same, probe(add_fused)])
    assert words == "one world has a fused multiply-add, the other rounds each product"
