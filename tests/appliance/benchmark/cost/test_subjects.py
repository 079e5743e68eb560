"""What takes part in the cost suite: operations, steps, their bare products, peers."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.benchmark.cost import peers, steps
from appliance.benchmark.cost.floor import list_products, replay_products, require_products
from appliance.benchmark.cost.ops import list_op_contests
from appliance.config import load_config
from appliance.data import load_dataset
from appliance.numerics.formats import FORMATS, find_kind
from appliance.numerics.plans import Plan
from appliance.training.trainer import Samples, Trainer
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from appliance.data import Dataset

CASE = steps.StepCase(hidden=8, batch=16, precision="f32")


@pytest.fixture(scope="module")
def images() -> Dataset:
    """Return a few synthetic images."""
    config = load_config("smoke")
    return load_dataset(config.data, config.seed)


def test_operations_run_in_both_forms() -> None:
    """Every quick operation can be called in each form, once for each of its operands and once more."""
    contests = list(list_op_contests(quick=True))
    for contest in contests:
        assert contest.pairs()[0][0].startswith("portable ")
        for run in contest.runners.values():
            run(2, 2)
    assert {contest.case.split()[0] for contest in contests} == {"matmul", "sum", "softmax", "exp", "log", "digest"}


def test_full_cases_cover_the_sizes_of_the_targets() -> None:
    """All widths at batch 64, all batches at two widths, both formats, and all widths without zeros."""
    cases = steps.list_step_cases(quick=False)
    names = {(case.hidden, case.batch, case.precision, case.data) for case in cases}
    assert len(names) == len(cases)
    for precision in ("f32", "f64"):
        assert {(hidden, 64, precision, data) for hidden in steps.HIDDEN for data in steps.DATA} <= names
        assert {(hidden, batch, precision, "images") for hidden in (128, 512) for batch in steps.BATCHES} <= names


def test_dense_data_has_no_zero() -> None:
    """The dense variant leaves no column out; the images do have columns that are zero throughout."""
    datasets = steps.load_step_data()
    dense, images = (datasets[name].train_features.read() for name in ("dense", "images"))
    assert dense.min() == 1
    assert not images.any(axis=0).all()
    assert np.array_equal(dense[images > 0], images[images > 0])


def test_steps_see_every_batch_before_any_comes_again(monkeypatch: pytest.MonkeyPatch, images: Dataset) -> None:
    """A runner goes through the data in whole batches; bounds are measured again once for each pass."""
    seen: list[bytes] = []
    passes: list[int] = []

    class Listener(Trainer):
        def step(self, samples: Samples, rate: float, observe: Any = None) -> Any:  # noqa: ANN401
            seen.append(samples.features.tobytes())
            return super().step(samples, rate, observe)

        def reset_bounds(self) -> None:
            passes.append(len(seen))
            super().reset_bounds()

    monkeypatch.setattr(steps, "Trainer", Listener)
    with ExitStack() as stack:
        run = steps.make_network_steps(CASE, images, stack, portable=True)
        run(0, 10)
        run(10, 10)
    assert (len(seen), len(set(seen)), seen[:4] == seen[16:]) == (20, 16, True)
    assert passes == [0, 16]


def test_contest_of_a_step_has_its_subjects(monkeypatch: pytest.MonkeyPatch, images: Dataset) -> None:
    """Portable first, then native, the bare products and the peers that are asked for; all of them run."""
    calls: list[tuple[Any, ...]] = []

    def make(config: Any, _: Dataset, order: Any, threads: int) -> Any:  # noqa: ANN401
        return lambda first, count: calls.append((config.precision, order.shape, threads, first, count))

    monkeypatch.setitem(peers.PEERS, "fake", peers.Peer(package="fake", module="fake", make=make))
    with steps.open_contest(CASE, {"images": images}, 3, ["fake"]) as contest:
        for run in contest.runners.values():
            run(5, 2)
    assert list(contest.runners) == ["portable f32", "native f32", "bare BLAS f32", "fake f32"]
    assert (contest.examples, contest.details["hidden"], contest.details["data"]) == (16, 8, "images")
    assert calls == [("f32", (16, 16), 3, 5, 2)]


def test_floor_makes_the_products_of_the_step_in_their_memory() -> None:
    """A replay writes the same results into the same arrays."""
    left, right, out, plan = np.ones((2, 3)), np.ones((3, 4)), np.zeros((2, 4)), Plan()
    plan("matmul", left, right, out)
    plan("add", out, 1.0, out)
    products = list_products([plan])
    assert [product.count_operations() for product in products] == [24]
    replay_products(products)(0, 1)
    assert out.tolist() == [[3.0] * 4] * 2


def test_floor_has_every_product_of_a_step(images: Dataset) -> None:
    """A network 784-8-10 makes two products forward, one backward and two for the gradients."""
    trainer = steps.make_trainer(CASE, images, portable=True)
    with trainer.select_columns(None):
        products = list_products(trainer.passes.list_plans(16))
    pieces = len(find_kind(FORMATS["f32"], accurate=False).split(784))
    assert [product.out.shape for product in products[pieces:]] == [(16, 10), (16, 8), (8, 10), (784, 8)]


def test_floor_counts_products_of_stacks() -> None:
    """A gradient over more than 256 rows is a product of stacks, with as many multiplications as without pieces."""
    case = attrs.evolve(CASE, batch=600)
    trainer = steps.make_trainer(case, steps.load_step_data()["images"], portable=True)
    with trainer.select_columns(None):
        products = list_products(trainer.passes.list_plans(600))
    assert any(product.out.ndim > 2 for product in products)
    assert sum(product.count_operations() for product in products) == 600 * (784 * 8 * 2 + 8 * 10 * 3)


def test_floor_that_saw_too_little_is_refused() -> None:
    """If a step made its products by another way, there is no floor, not a floor of nothing."""
    plan = Plan()
    plan("add", np.ones(3), 1.0, np.ones(3))
    with pytest.raises(CouldNotJudgeError, match="too few products"):
        require_products(list_products([plan]), 24, "a step")


def test_missing_peer_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not installed has no version and does not take part."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    versions = peers.load_peers()
    assert versions == {"PyTorch": None, "scikit-learn": None}
    assert peers.list_installed(versions) == []
    assert peers.list_installed({"PyTorch": "2.13.0", "scikit-learn": None}) == ["PyTorch"]


def test_peer_on_other_threads_is_refused(monkeypatch: pytest.MonkeyPatch, images: Dataset) -> None:
    """A peer that keeps its own number of threads would not be comparable."""
    torch = SimpleNamespace(
        use_deterministic_algorithms=lambda _: None, set_num_threads=lambda _: None, get_num_threads=lambda: 7
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    with pytest.raises(CouldNotJudgeError, match="threads"):
        peers.make_torch_steps(CASE.configure(), images, steps.make_order(256, 16), 1)


def test_sklearn_takes_its_steps_in_one_call(monkeypatch: pytest.MonkeyPatch, images: Dataset) -> None:
    """Twelve steps from number ten on are six to the end of the data and six from its beginning."""
    fits: list[tuple[int, ...]] = []
    settings: dict[str, Any] = {}

    class Classifier:
        def __init__(self, **chosen: Any) -> None:  # noqa: ANN401
            settings.update(chosen)

        def partial_fit(self, values: Any, labels: Any, classes: Any = None) -> None:  # noqa: ANN401, ARG002
            assert values.dtype == np.float32
            fits.append(values.shape)

    monkeypatch.setitem(sys.modules, "sklearn", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "sklearn.neural_network", SimpleNamespace(MLPClassifier=Classifier))
    config = attrs.evolve(CASE.configure(), precision="f32")
    peers.make_sklearn_steps(config, images, steps.make_order(256, 16), 1)(10, 12)
    assert fits == [(16, 784), (96, 784), (96, 784)]
    assert (settings["batch_size"], settings["hidden_layer_sizes"], settings["momentum"]) == (16, (8,), 0.0)
