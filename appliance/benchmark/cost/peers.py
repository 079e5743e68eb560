"""Other libraries that train the same network, where they are installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.model import build_network
from appliance.twins.torch_network import TorchNetwork
from appliance.twins.torch_training import convert, make_loss, make_optimizer, set_up
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from appliance.benchmark.timing import Runner
    from appliance.config.schema import Config
    from appliance.data import Dataset

    Make = Callable[[Config, Dataset, NDArray[np.int64], int], Runner]

_DTYPES = {"f32": np.float32, "f64": np.float64}


@attrs.frozen(kw_only=True)
class Peer:
    """A library: its package, its module, and the function that makes a runner of its training steps.

    `make` takes a configuration, the data, the order of samples (steps, batch) and the threads to run on.
    """

    package: str
    module: str
    make: Make

    def read_version(self) -> str | None:
        """Return the installed version, None if it is not installed."""
        if importlib.util.find_spec(self.module) is None:
            return None
        return importlib.metadata.version(self.package)


def _scale(dataset: Dataset, config: Config) -> NDArray[Any]:
    dtype = _DTYPES[config.precision]
    return np.asarray(dataset.train_features.read().astype(dtype) / dtype(256))


def list_widths(config: Config) -> tuple[int, ...]:
    """Return the widths of a network that scikit-learn can build.

    Raises:
        CouldNotJudgeError: it is no stack of dense layers with a ReLU between any two.
    """
    widths = config.model.widths
    if widths is None:
        raise CouldNotJudgeError("scikit-learn trains stacks of dense layers only", where=config.name)
    return widths


def make_torch_steps(config: Config, dataset: Dataset, order: NDArray[np.int64], threads: int) -> Runner:
    """Return steps of the same network in PyTorch with deterministic algorithms, from the same initial parameters.

    Samples are floats already, in one tensor; a step selects its batch from it.

    Raises:
        UsageError: PyTorch has no counterpart to a part of the configuration.
        CouldNotJudgeError: PyTorch reports another number of threads.
    """
    torch: Any = importlib.import_module("torch")
    set_up(torch, 0, threads)
    network = build_network(config, dataset.sample_shape, dataset.classes, targets=dataset.targets, portable=False)
    twin = TorchNetwork(config.model.layers, network.arrays())
    optimizer, find_loss = make_optimizer(torch, config, list(twin.parameters.values())), make_loss(torch, config)
    samples = convert(dataset.train_features.read(), config).reshape(-1, *dataset.sample_shape)
    values, batches = torch.from_numpy(samples), torch.from_numpy(order)

    def run(first: int, count: int) -> None:
        for number in range(first, first + count):
            place = number % len(order)
            optimizer.zero_grad(set_to_none=True)
            find_loss(twin(values[batches[place]], training=True), dataset.train_labels[order[place]]).backward()
            optimizer.step()

    return run


def make_sklearn_steps(
    config: Config,
    dataset: Dataset,
    order: NDArray[np.int64],
    threads: int,  # noqa: ARG001 - limited by the caller
) -> Runner:
    """Return scikit-learn's MLPClassifier with plain SGD; one `partial_fit` takes many steps, to spread its checks."""
    network: Any = importlib.import_module("sklearn.neural_network")
    batch = order.shape[1]
    model = network.MLPClassifier(
        hidden_layer_sizes=list_widths(config)[1:-1],
        solver="sgd",
        alpha=0.0,
        batch_size=batch,
        learning_rate_init=config.optimizer.learning_rate,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
        random_state=0,
    )
    values, labels = _scale(dataset, config), dataset.train_labels.astype(np.int64)
    model.partial_fit(values[order[0]], labels[order[0]], classes=np.arange(dataset.classes))

    def run(first: int, count: int) -> None:
        while count:
            place = first % len(order)
            steps = min(count, len(order) - place)
            chosen = order[place : place + steps].reshape(-1)
            model.partial_fit(values[chosen], labels[chosen])
            first, count = first + steps, count - steps

    return run


PEERS = {
    "PyTorch": Peer(package="torch", module="torch", make=make_torch_steps),
    "scikit-learn": Peer(package="scikit-learn", module="sklearn", make=make_sklearn_steps),
}


def load_peers() -> dict[str, str | None]:
    """Return the version of each peer, None for one that is not installed; those that are get imported.

    Imported before threads are limited, so that their thread pools are limited too.
    """
    versions = {name: peer.read_version() for name, peer in PEERS.items()}
    for name, version in versions.items():
        if version is not None:
            importlib.import_module("sklearn.neural_network" if name == "scikit-learn" else PEERS[name].module)
    return versions


def list_installed(versions: dict[str, str | None]) -> Sequence[str]:
    """Return the names of the peers that are there."""
    return [name for name, version in versions.items() if version is not None]
