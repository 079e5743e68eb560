"""The bare BLAS calls of a training step: the least time that a step with these products can take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from appliance.benchmark.timing import Runner
    from appliance.numerics.plans import Plan


@attrs.frozen(eq=False)
class Product:
    """One product of a plan: operands (m, k) and (k, n) and result (m, n), or stacks of them, in their very memory."""

    left: NDArray[Any]
    right: NDArray[Any]
    out: NDArray[Any]

    def count_operations(self) -> int:
        """Return the multiplications, m * k * n for each result."""
        return int(self.out.size * self.left.shape[-1])


def list_products(plans: Iterable[Plan]) -> list[Product]:
    """Return the products that some plans list, in order.

    Arrays are kept, not copied, so that a replay meets the same shapes, strides and places in memory.
    """
    return [Product(*call.arguments) for plan in plans for call in plan.find_calls("matmul")]


def require_products(products: Sequence[Product], least: int, where: str) -> None:
    """Raise CouldNotJudgeError unless the listed products make at least `least` multiplications."""
    found = sum(int(product.count_operations()) for product in products)
    if found < least:
        raise CouldNotJudgeError(
            "the plans of a step list too few products",
            expected=f"at least {least} multiplications",
            found=f"{found} in {len(products)} products",
            where=where,
        )


def replay_products(products: Sequence[Product]) -> Runner:
    """Return a runner that makes the listed products once per call, each into its own result's memory."""
    calls = [(product.left, product.right, product.out) for product in products]

    def run(first: int, count: int) -> None:  # noqa: ARG001 - a floor has no data to choose
        for _ in range(count):
            for left, right, out in calls:
                np.matmul(left, right, out=out)

    return run
