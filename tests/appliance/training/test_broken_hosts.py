"""A host that computes wrongly is refused before or while it trains: never another digest without a word."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config
from appliance.numerics.operations import NATIVE, PORTABLE
from appliance.training.execute import Checking, certify_shapes, run_training
from verify.conformance import broken
from verify.conformance.operations import NUMPY
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Condition = Callable[[Numbers, Numbers], bool]

CONDITIONS: dict[str, Condition] = {
    "always": lambda left, right: True,  # noqa: ARG005
    "transposed left": lambda left, right: broken.is_transposed(left),  # noqa: ARG005
    "transposed right": lambda left, right: broken.is_transposed(right),  # noqa: ARG005
    "wide left": lambda left, right: broken.is_wide(left),  # noqa: ARG005
    "ten columns, many rows": lambda left, right: right.shape[1] == 10 and len(left) > 20,
    "inner above 100": lambda left, right: len(right) > 100,  # noqa: ARG005
    "more than 300 rows": lambda left, right: len(left) > 300,  # noqa: ARG005
    "odd rows": lambda left, right: len(left) % 2 == 1,  # noqa: ARG005
}


@contextmanager
def suppress_wrong_product() -> Iterator[None]:
    """Accept the error that a product is wrong, and no other one."""
    try:
        yield
    except CouldNotJudgeError as error:
        if "product is wrong" not in error.title:
            raise


@pytest.mark.parametrize("last_bit", [False, True])
@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("config", ["smoke", "smoke-f64"])
def test_a_wrong_product_ends_the_training_or_is_never_made(config: str, name: str, last_bit: bool) -> None:
    """Wrong for some shapes only, in all operands or in one last bit: an error that names the product, or no harm."""
    wrong = broken.multiply_wrongly_where(CONDITIONS[name], last_bit=last_bit)
    settings, planned = load_config(config), {**PORTABLE, "matmul": wrong}
    expected = run_training(settings).digests
    checks: tuple[Checking, ...] = ("first", "all")
    for check in checks:
        with suppress_wrong_product():
            assert run_training(settings, operations=planned, check=check).digests == expected


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_shapes_of_the_configuration_are_probed_before_a_step(name: str) -> None:
    """The same products fail the quick certificate, if the configuration makes such a product at all."""
    wrong = broken.multiply_wrongly_where(CONDITIONS[name])
    look = partial(certify_shapes, operations=attrs.evolve(NUMPY, matmul=wrong))
    made: list[object] = []

    def note(left: Numbers, right: Numbers, out: Numbers) -> Numbers:
        made.append(CONDITIONS[name](left, right))
        return np.matmul(left, right, out)

    run_training(load_config("smoke"), operations={**PORTABLE, "matmul": note})
    if not any(made):
        return
    with pytest.raises(CouldNotJudgeError, match="cannot give portable results") as caught:
        run_training(load_config("smoke"), certify=look)
    assert "C019" in str(caught.value.expected)


@pytest.mark.parametrize(
    ("operations", "probe"),
    [
        (attrs.evolve(NUMPY, divide=broken.divide_by_reciprocal), "C018"),
        (attrs.evolve(NUMPY, cast=broken.cast_towards_zero), "C018"),
        (attrs.evolve(NUMPY, sum=broken.round_sum), "C010"),
        (attrs.evolve(NUMPY, draw_words=broken.shift_words), "C012"),
    ],
)
def test_the_host_is_probed_before_portable_arithmetic_begins(operations: Any, probe: str) -> None:  # noqa: ANN401
    """Whatever fails of the quick probes, nothing is trained; native arithmetic is not concerned."""
    look = partial(certify_shapes, operations=operations)
    with pytest.raises(CouldNotJudgeError) as caught:
        run_training(load_config("smoke"), certify=look)
    assert probe in str(caught.value.expected)
    assert run_training(load_config("smoke"), profile="native", certify=look).certificate is None


def test_a_host_that_flushes_float32_gives_the_same_digests() -> None:
    """Portable arithmetic has no subnormal float32 numbers."""
    for name in ("smoke", "adam"):
        flushing = {**PORTABLE, "multiply": broken.multiply_flushing}
        assert run_training(load_config(name), operations=flushing).digests == run_training(load_config(name)).digests


@pytest.mark.parametrize("profile", ["portable", "native"])
def test_flags_that_a_library_raises_without_reason_warn_nobody(profile: str) -> None:
    """Accelerate raises the flag of a division by zero in sound products; the digests are the usual ones."""

    def multiply(left: Numbers, right: Numbers, out: Numbers) -> Numbers:
        np.divide(np.ones(1), np.zeros(1))
        return np.matmul(left, right, out)

    table = PORTABLE if profile == "portable" else NATIVE
    found = run_training(load_config("smoke"), profile=profile, operations={**table, "matmul": multiply})
    assert found.digests == run_training(load_config("smoke"), profile=profile).digests


def test_the_record_knows_its_certificate() -> None:
    """Tier and digest of the probes that were made."""
    certificate = run_training(load_config("smoke")).certificate
    assert certificate is not None
    assert certificate.tier == "portable"
    assert not certificate.whole
    assert {"C003", "C018", "C019"} <= {result.id for result in certificate.results}
    assert certificate.digest.startswith("sha256:")
