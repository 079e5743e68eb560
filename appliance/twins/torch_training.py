"""A configuration trained by PyTorch: the same initial weights, the same batches in the same order, the same rates."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.config.optimizers import AdamConfig, MomentumConfig, NesterovConfig
from appliance.numerics.formats import BYTE_UNIT, FORMATS
from appliance.optimizers import find_rate
from appliance.optimizers.schedules import warm_up
from appliance.streams import draw_permutation
from appliance.twins.torch_network import TorchNetwork, import_torch
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.data.rows import Rows

_BATCH = 500


@attrs.frozen(kw_only=True)
class TorchEpoch:
    """One epoch: mean losses, and the accuracy as a fraction; None in a regression."""

    epoch: int
    train_loss: float
    test_loss: float
    test_accuracy: float | None


@attrs.frozen(kw_only=True, eq=False)
class TorchRun:
    """What PyTorch made of a configuration.

    Attributes:
        epochs: in order.
        seconds: wall time of the training, evaluations included.
        examples: training samples that were used, each time counted.
        arrays: final parameters and buffers by the names of ours.
        version: of PyTorch.
    """

    epochs: Sequence[TorchEpoch]
    seconds: float
    examples: int
    arrays: Mapping[str, NDArray[Any]]
    version: str


def train_in_torch(
    config: Config, dataset: Dataset, arrays: Mapping[str, NDArray[Any]], *, threads: int = 1
) -> TorchRun:
    """Train in PyTorch with deterministic algorithms, from given parameters.

    Args:
        config: what to train.
        dataset: its data.
        arrays: initial parameters and buffers by name, as a network of the configuration has them.
        threads: of PyTorch, inside an operation and between operations.

    Raises:
        UsageError: PyTorch is not installed, or it has no counterpart to a part of the configuration.
        CouldNotJudgeError: PyTorch reports another number of threads.
    """
    torch = import_torch()
    set_up(torch, config.seed, threads)
    training = _Training(torch, config, dataset, arrays)
    begun = time.perf_counter()
    epochs = [training.train(epoch) for epoch in range(1, config.training.epochs + 1)]
    seconds = time.perf_counter() - begun
    return TorchRun(
        epochs=epochs,
        seconds=seconds,
        examples=len(dataset.train_labels) * len(epochs),
        arrays=training.network.read_arrays(),
        version=str(torch.__version__),
    )


def set_up(torch: Any, seed: int, threads: int) -> None:  # noqa: ANN401 - a module without types
    """Choose deterministic algorithms, the seed of the global generator and the number of threads.

    Raises:
        CouldNotJudgeError: PyTorch reports another number of threads.
    """
    torch.use_deterministic_algorithms(True)  # noqa: FBT003 - its only argument
    torch.set_num_threads(threads)
    if torch.get_num_threads() != threads:
        raise CouldNotJudgeError(
            "PyTorch did not take the threads it was given",
            expected=threads,
            found=torch.get_num_threads(),
            where="torch",
        )
    torch.manual_seed(seed)


class _Training:
    """The state of one training in PyTorch."""

    def __init__(self, torch: Any, config: Config, dataset: Dataset, arrays: Mapping[str, NDArray[Any]]) -> None:  # noqa: ANN401
        self.network = TorchNetwork(config.model.layers, arrays)
        self._torch = torch
        self._config = config
        self._dataset = dataset
        self._optimizer = make_optimizer(torch, config, list(self.network.parameters.values()))
        self._loss = make_loss(torch, config)
        self._step = 0

    def train(self, epoch: int) -> TorchEpoch:
        """Train one epoch and evaluate."""
        config, dataset, clip = self._config, self._dataset, self._config.optimizer.clip_norm
        count, size = len(dataset.train_labels), config.training.batch_size
        order = draw_permutation(count, config.seed, "shuffle", epoch)
        rate, losses = find_rate(config.optimizer, epoch, config.training.epochs), []
        for start in range(0, count, size):
            chosen = order[start : start + size]
            self._step += 1
            for group in self._optimizer.param_groups:
                group["lr"] = warm_up(config.optimizer, rate, self._step)
            self._optimizer.zero_grad(set_to_none=True)
            loss = self._find_loss(dataset.train_features.take(chosen), dataset.train_labels[chosen], training=True)[0]
            loss.backward()
            if clip:
                self._torch.nn.utils.clip_grad_norm_(list(self.network.parameters.values()), clip)
            self._optimizer.step()
            losses.append(loss.item() * len(chosen))
        test_loss, accuracy = self._evaluate(dataset.test_features, dataset.test_labels)
        return TorchEpoch(
            epoch=epoch, train_loss=float(np.sum(losses)) / count, test_loss=test_loss, test_accuracy=accuracy
        )

    def _find_loss(self, features: NDArray[Any], labels: NDArray[Any], *, training: bool) -> tuple[Any, Any]:
        """Return the mean loss of a batch and the outputs, tensors."""
        x = self._torch.from_numpy(convert(features, self._config))
        outputs = self.network(x.reshape(len(x), *self._dataset.sample_shape), training=training)
        return self._loss(outputs, labels), outputs

    def _evaluate(self, features: Rows, labels: NDArray[Any]) -> tuple[float, float | None]:
        losses, hits = 0.0, 0
        with self._torch.no_grad():
            for start in range(0, len(labels), _BATCH):
                part = labels[start : start + _BATCH]
                loss, outputs = self._find_loss(features.read(start, start + _BATCH), part, training=False)
                losses += loss.item() * len(part)
                found = outputs.numpy()
                classes = found.argmax(1) if found.shape[1] > 1 else (found[:, 0] > 0.0)
                hits += int(np.count_nonzero(classes == part)) if self._dataset.classes else 0
        return losses / len(labels), hits / len(labels) if self._dataset.classes else None


def convert(features: NDArray[Any], config: Config) -> NDArray[Any]:
    """Return features as numbers of the configuration's format; bytes stand for byte / 256 unless they are tokens."""
    dtype = FORMATS[config.precision].dtype
    if config.model.layers[0].tag == "embedding":
        return features.astype(np.int64)
    scale = dtype(BYTE_UNIT) if features.dtype == np.uint8 else dtype(1.0)
    return np.asarray(features.astype(dtype) * scale)


def make_optimizer(torch: Any, config: Config, parameters: list[Any]) -> Any:  # noqa: ANN401 - PyTorch's objects
    """Return PyTorch's optimizer with the settings of a configuration."""
    settings = config.optimizer
    shared = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    if isinstance(settings, AdamConfig):
        rule = torch.optim.AdamW if settings.tag == "adamw" else torch.optim.Adam
        return rule(parameters, betas=(settings.beta1, settings.beta2), eps=settings.epsilon, **shared)
    momentum = settings.momentum if isinstance(settings, MomentumConfig) else 0.0
    return torch.optim.SGD(parameters, momentum=momentum, nesterov=isinstance(settings, NesterovConfig), **shared)


def make_loss(torch: Any, config: Config) -> Any:  # noqa: ANN401 - PyTorch's functions
    """Return a function that gives the mean loss, a tensor, of outputs and labels.

    Raises:
        UsageError: the loss is one of the user's own.
    """
    functional = torch.nn.functional
    if config.training.loss == "cross-entropy":
        return lambda outputs, labels: functional.cross_entropy(outputs, torch.from_numpy(labels.astype(np.int64)))
    pairs = {
        "mean-squared-error": functional.mse_loss,
        "binary-cross-entropy": functional.binary_cross_entropy_with_logits,
    }
    name = config.training.loss
    if not isinstance(name, str) or name not in pairs:
        raise UsageError("PyTorch's twin has no loss of this kind", found=name)

    def find_loss(outputs: Any, labels: NDArray[Any]) -> Any:  # noqa: ANN401
        targets = torch.from_numpy(labels.astype(FORMATS[config.precision].dtype).reshape(len(labels), -1))
        return pairs[name](outputs, targets)

    return find_loss
