"""Synthetic images: the same bits everywhere, similar to MNIST, neither too easy nor too hard."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.data import synthetic
from appliance.data.synthetic import draw_synthetic
from support import handwriting
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.data.synthetic import Part

    Samples = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def train() -> Samples:
    """Return 8,192 training samples of seed 0."""
    return draw_synthetic(8192, 0, "train")


@pytest.mark.parametrize(
    ("seed", "part", "digest"),
    [
        (0, "train", "f7e5c06978152d8b5f012370ece345f4099fb7b908cd852ea0bce745f1ec8fbf"),
        (0, "test", "d4f1350164db82a46659d4a5e414c373896444f72f643746a592865e55e2999a"),
        (2**63 - 1, "train", "352760dc983c3d310b973380a24fe6ef7a0d659e1523af4d3a9aaac9c020954d"),
    ],
)
def test_bits_are_frozen(seed: int, part: Part, digest: str) -> None:
    """A thousand samples have the digest of specification bits 2; a change here is a new bits version."""
    features, labels = draw_synthetic(1000, seed, part)
    assert digest_arrays({"features": features, "labels": labels}) == f"sha256:{digest}"


@pytest.mark.parametrize(("seed", "part"), [(0, "train"), (0, "test"), (12345, "train")])
@pytest.mark.parametrize("index", [0, 1, 511, 512, 999])
def test_sample_is_the_specified_one(seed: int, part: Part, index: int) -> None:
    """A second program in plain integers, written from the specification, draws the same samples."""
    features, labels = draw_synthetic(index + 1, seed, part)
    assert (features[index].tolist(), labels[index]) == handwriting.draw_sample(index, seed, part)


@settings(max_examples=25)
@given(count=st.integers(0, 1300), more=st.integers(0, 600), seed=st.integers(0, 2**63 - 1))
def test_smaller_set_is_the_beginning_of_a_larger_one(count: int, more: int, seed: int) -> None:
    """No sample depends on how many are drawn."""
    few, many = draw_synthetic(count, seed, "train"), draw_synthetic(count + more, seed, "train")
    assert np.array_equal(few[0], many[0][:count])
    assert np.array_equal(few[1], many[1][:count])


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513])
def test_shapes_hold_at_block_edges(count: int) -> None:
    """Features are uint8 (n, 784) in C order, labels uint8 (n,), for any count."""
    features, labels = draw_synthetic(count, 0, "test")
    assert (features.shape, labels.shape) == ((count, 784), (count,))
    assert features.dtype == labels.dtype == np.uint8
    assert features.flags.c_contiguous


def test_samples_are_all_different(train: Samples) -> None:
    """Neither blocks nor parts repeat each other, nor do seeds."""
    images = np.concatenate([train[0][:2000], draw_synthetic(2000, 0, "test")[0], draw_synthetic(2000, 1, "train")[0]])
    assert len({image.tobytes() for image in images}) == 6000


def test_images_look_like_written_digits(train: Samples) -> None:
    """The border is blank, everything within is used, a fifth to a quarter of the pixels is not zero."""
    images = train[0].reshape(-1, 28, 28)
    inner = images[:, 2:-2, 2:-2]
    assert np.count_nonzero(images) == np.count_nonzero(inner)
    assert np.count_nonzero(inner.any(axis=0)) > 500
    assert 0.20 < np.count_nonzero(images) / images.size < 0.25
    assert images.max() > 240


def test_labels_are_balanced(train: Samples) -> None:
    """Each of ten classes has its tenth, give or take five standard deviations."""
    counts = np.bincount(train[1])
    assert len(counts) == 10
    assert np.all(np.abs(counts - 819.2) < 5 * 27.2)


def test_glyphs_depend_on_the_seed() -> None:
    """Ten classes in four variants are all different, and so are those of another seed."""
    glyphs = np.concatenate([synthetic._draw_glyphs(0), synthetic._draw_glyphs(1)]).reshape(80, -1)
    assert len({glyph.tobytes() for glyph in glyphs}) == 80


def test_generator_uses_integers_only() -> None:
    """The source has no floating-point literal, no division that rounds, no floating type."""
    tree = ast.parse(inspect.getsource(synthetic))
    assert find_floats(tree) == []


@pytest.mark.parametrize("text", ["x = 0.5", "x = a / b", "x /= 2", "x.astype(np.float64)", "float(x)", "x**y"])
def test_floating_point_is_reported(text: str) -> None:
    """Negative control: floating point in a text is reported."""
    assert find_floats(ast.parse(text))


def find_floats(tree: ast.Module) -> list[str]:
    """Return what in a program could make a value that is no integer."""
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, (ast.Div, ast.Pow)))
        or (isinstance(node, (ast.Attribute, ast.Name)) and "float" in ast.unparse(node))
    ]


def _train_native(features: NDArray[np.uint8], labels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """Train 784-128-10 by SGD 0.1, batch 64, 3 epochs, in NumPy's own float32; return weights, biases."""
    draws = np.random.default_rng(0)
    w1, w2 = (draws.normal(0, (2 / n) ** 0.5, (n, m)).astype(np.float32) for n, m in ((784, 128), (128, 10)))
    b1, b2 = np.zeros(128, dtype=np.float32), np.zeros(10, dtype=np.float32)
    x, targets = features / np.float32(256), np.eye(10, dtype=np.float32)[labels]
    for order in (draws.permutation(len(x)).reshape(-1, 64) for _ in range(3)):
        for rows in order:
            hidden = np.maximum(x[rows] @ w1 + b1, 0)
            odds = np.exp(hidden @ w2 + b2)
            error = (odds / odds.sum(axis=1, keepdims=True) - targets[rows]) * np.float32(0.1 / 64)
            back = error @ w2.T * (hidden > 0)
            w2 -= hidden.T @ error
            b2 -= error.sum(axis=0)
            w1 -= x[rows].T @ back
            b1 -= back.sum(axis=0)
    return [w1, b1, w2, b2]


@pytest.mark.slow
def test_task_is_neither_too_easy_nor_too_hard(train: Samples) -> None:
    """A small native network reaches 90 to 97 percent on samples it has not seen."""
    w1, b1, w2, b2 = _train_native(*train)
    features, labels = draw_synthetic(2048, 0, "test")
    found = (np.maximum(features / np.float32(256) @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)
    assert 0.90 < np.count_nonzero(found == labels) / 2048 < 0.97
