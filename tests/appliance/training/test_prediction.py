"""Predictions for new samples: the training's own, and the same bits in every batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.data import load_dataset
from appliance.data.dataset import Dataset
from appliance.data.inputs import describe_inputs
from appliance.errors import DataError
from appliance.training.execute import run_training
from support.every_layer import NETWORKS
from support.networks import make_batch, make_config
from support.own_data import FEATURES, LABELS
from verify.digests import digest_arrays
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from appliance.training.prediction import Predictor
    from appliance.training.record import Record

_COUNT = 23


def train(name: str, precision: str = "f32", profile: str = "portable") -> Record:
    """Return the record of a short training of a network with layers of some kinds."""
    settings = make_config(precision=precision).settings()
    settings |= {"name": name, "model": {"layers": NETWORKS[name]}, "training": {"epochs": 1, "batch_size": 16}}
    settings["data"] = {"source": "synthetic", "train_samples": 48, "test_samples": 20}
    return run_training(parse_settings(settings, where="a test"), profile=profile)


def get_predictor(record: Record) -> Predictor:
    """Return what makes predictions of a record."""
    assert record.predictor is not None
    return record.predictor


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_prediction_does_not_depend_on_its_batch(name: str, precision: str) -> None:
    """One by one, seven at a time and in another order, every sample has the same bits."""
    record = train(name, precision)
    samples = make_batch(_COUNT)[0].reshape(_COUNT, 28, 28)
    samples[5] = 255  # one that is much larger than the others
    whole = record.outputs(samples)
    alone = np.concatenate([record.outputs(samples[place : place + 1]) for place in range(_COUNT)])
    sevens = np.concatenate([record.outputs(samples[start : start + 7]) for start in range(0, _COUNT, 7)])
    order = np.argsort(samples.reshape(_COUNT, -1).astype(np.int64).sum(axis=1), kind="stable")[::-1]
    shuffled = np.empty_like(whole)
    shuffled[order] = record.outputs(samples[order])
    assert {found.tobytes() for found in (alone, sevens, shuffled)} == {whole.tobytes()}


@pytest.mark.parametrize("profile", ["portable", "native"])
@pytest.mark.parametrize("name", NETWORKS)
def test_test_samples_have_the_predictions_of_the_run(name: str, profile: str) -> None:
    """New samples that are those of the test part give the digest of the run's predictions."""
    record = train(name, profile=profile)
    dataset = load_dataset(record.config.data, record.config.seed)
    predictor = get_predictor(record)
    found = predictor.predict(predictor.convert(dataset.test_features.read().reshape(-1, 28, 28)))
    assert digest_arrays(found.arrays) == record.digests["predictions"]
    other = np.array(dataset.test_features.read()).reshape(-1, 28, 28)
    other[0] ^= 255
    changed = predictor.predict(predictor.convert(other))
    assert digest_arrays(changed.arrays) != record.digests["predictions"]


def train_own(**data: Any) -> tuple[Record, Dataset]:  # noqa: ANN401 - settings
    """Return a record of a training on standardised data, and the data set."""
    settings = make_config().settings()
    layers = [{"kind": "dense", "units": 5}, {"kind": "tanh"}, {"kind": "dense", "units": 1}]
    settings |= {"name": "own", "precision": "f32", "model": {"layers": layers}}
    settings["data"] = {"source": "regression", "train_samples": 60, "test_samples": 20}
    settings["training"] = {"epochs": 1, "batch_size": 16, "loss": "mean-squared-error"}
    config = parse_settings(settings, where="a test")
    config = attrs.evolve(config, data=attrs.evolve(config.data, **data))
    return run_training(config), load_dataset(attrs.evolve(config.data, standardize="none"), config.seed)


@pytest.mark.parametrize("standardize", ["feature", "all"])
def test_raw_samples_are_standardised_with_the_numbers_of_the_training(standardize: str) -> None:
    """The raw test samples give the predictions of the run; one sample of them gives its own."""
    record, raw = train_own(standardize=standardize)
    x = np.array(raw.test_features.read())
    assert record.outputs(x).tobytes() == record.predictions["outputs"].tobytes()
    assert record.outputs(x[3:4]).tobytes() == record.predictions["outputs"][3:4].tobytes()
    stored = record.to_file().inputs
    assert stored is not None
    assert stored.scale is not None
    assert len(stored.scale.means) == (10 if standardize == "feature" else 1)


def test_targets_have_the_units_of_the_data() -> None:
    """What is subtracted and divided in training is undone in predictions, in float64."""
    record, _ = train_own(standardize_targets=True)
    x = load_dataset(record.config.data, record.config.seed).test_features.read()
    scale = record.to_file().inputs
    assert scale is not None
    assert scale.target_scale is not None
    mean, deviation = (float.fromhex(texts[0]) for texts in (scale.target_scale.means, scale.target_scale.deviations))
    expected = record.outputs(x).astype(np.float64) * deviation + mean
    assert record.predict(x).tobytes() == expected.tobytes()


def test_equal_runs_describe_their_inputs_equally() -> None:
    """What a sample is follows from the settings and the data."""
    first, second = (train_own(standardize="feature")[0].to_file().inputs for _ in range(2))
    assert first == second
    assert train_own(standardize="feature", train_samples=50)[0].to_file().inputs != first


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((3, 28, 27), np.uint8),
        np.zeros((3, 28, 28), np.float32),
        np.zeros((0, 28, 28), np.uint8),
        np.full((3, 28, 28), 256),
        np.full((3, 28, 28), -1),
        np.zeros(784, np.uint8),
        np.uint8(4),
        [[1, 2], [3]],
        np.full((3, 28, 28), "a"),
        np.full((3, 28, 28), None),
    ],
    ids=["shape", "type", "none", "large", "negative", "one", "number", "ragged", "texts", "objects"],
)
def test_other_samples_are_refused(x: Any) -> None:  # noqa: ANN401 - arrays of every kind
    """One error says which samples are needed."""
    record = train("dropout")
    with pytest.raises(DataError, match=r"these samples are others than those of the training|D011"):
        record.predict(x)


def test_samples_of_the_same_values_are_accepted() -> None:
    """As rows, with one channel, or as whole numbers of another type."""
    record, samples = train("dropout"), make_batch(6)[0]
    plain = record.predict(samples.reshape(6, 28, 28)).tolist()
    for x in (samples, samples.reshape(6, 1, 28, 28), samples.reshape(6, 28, 28).astype(np.int64).tolist()):
        assert record.predict(x).tolist() == plain


def test_numbers_that_are_not_finite_are_refused() -> None:
    """They are named with their place; so is a sample of which the outputs are not finite."""
    record, raw = train_own()
    x = np.array(raw.test_features.read())
    x[2, 4] = np.nan
    with pytest.raises(DataError, match=r"nan at sample 2"):
        record.predict(x)
    huge = np.full((2, 10), 3e38, np.float32)
    broken = attrs.evolve(
        get_predictor(record), parameters={name: array * 1e30 for name, array in record.parameters.items()}
    )
    with pytest.raises(NonFiniteError, match="out of the range"):
        broken.predict(broken.convert(huge))
    infinite = {name: np.full_like(array, np.inf) for name, array in record.parameters.items()}
    native = attrs.evolve(broken, profile="native", parameters=infinite)
    with pytest.raises(NonFiniteError, match="an output is not finite"):
        native.predict(native.convert(huge))


def test_data_of_a_program_describe_themselves() -> None:
    """A data set of arrays has no standardisation, and its features have the type that is given."""
    data = Dataset.from_arrays(FEATURES[:40], LABELS[:40], FEATURES[40:], LABELS[40:])
    found = describe_inputs(data)
    assert (found.shape, found.dtype, found.classes, found.scale) == ((6,), "float32", 3, None)
