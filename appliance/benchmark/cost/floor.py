"""The bare BLAS calls of a training step: the least time that a step with these products can take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import attrs
import numpy as np

from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from appliance.benchmark.timing import Runner


@attrs.frozen(kw_only=True, eq=False)
class Product:
    """One product as it was asked for: operands (m, k) and (k, n) and the result (m, n), in their very memory."""

    left: NDArray[Any]
    right: NDArray[Any]
    out: NDArray[Any]

    def count_operations(self) -> int:
        """Return the multiplications, m * k * n."""
        return int(self.left.shape[0] * self.left.shape[1] * self.right.shape[1])


@contextmanager
def record_products() -> Iterator[list[Product]]:
    """Note every product of two matrices made through `numpy.matmul` or `numpy.dot` inside the block.

    Arrays are kept, not copied, so that a replay meets the same shapes, strides and places in memory.
    """
    products: list[Product] = []

    def listen(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(left: NDArray[Any], right: NDArray[Any], *args: Any, **kwargs: Any) -> NDArray[Any]:  # noqa: ANN401
            out: NDArray[Any] = function(left, right, *args, **kwargs)
            products.append(Product(left=left, right=right, out=out))
            return out

        return call

    with mock.patch.object(np, "matmul", listen(np.matmul)), mock.patch.object(np, "dot", listen(np.dot)):
        yield products


def require_products(products: Sequence[Product], least: int, where: str) -> None:
    """Raise CouldNotJudgeError unless the noted products make at least `least` multiplications."""
    found = sum(int(product.count_operations()) for product in products)
    if found < least:
        raise CouldNotJudgeError(
            "the products of a step were not seen",
            expected=f"at least {least} multiplications through numpy.matmul or numpy.dot",
            found=f"{found} in {len(products)} products",
            where=where,
        )


def replay_products(products: Sequence[Product]) -> Runner:
    """Return a runner that makes the noted products once per call, each into its own result's memory."""
    calls = [(product.left, product.right, product.out) for product in products]

    def run(first: int, count: int) -> None:  # noqa: ARG001 - a floor has no data to choose
        for _ in range(count):
            for left, right, out in calls:
                np.matmul(left, right, out=out)

    return run
