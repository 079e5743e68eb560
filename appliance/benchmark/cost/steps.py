"""Whole training steps: portable, native, their bare products, peers."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.benchmark.cost.contest import Contest
from appliance.benchmark.cost.floor import list_products, replay_products, require_products
from appliance.benchmark.cost.peers import PEERS
from appliance.config import load_config, make_stack
from appliance.data.rows import MemoryRows
from appliance.data.table import load_dataset
from appliance.model import build_network
from appliance.optimizers import make_optimizer
from appliance.streams import draw_permutation
from appliance.training.preparation import select_features
from appliance.training.trainer import Samples, Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from appliance.benchmark.timing import Runner
    from appliance.config.schema import Config, Precision
    from appliance.data import Dataset

HIDDEN = (32, 64, 128, 256, 512, 1024, 2048)
BATCHES = (1, 16, 64, 256, 1024)
DATA = ("images", "dense")
# Small enough for steps of single samples through wide layers to stay finite.
_RATE = 0.01


@attrs.frozen(kw_only=True)
class StepCase:
    """A network 784-hidden-10, its batch size, its precision, and which of DATA it sees."""

    hidden: int
    batch: int
    precision: Precision
    data: str = "images"

    @property
    def name(self) -> str:
        """Say what is trained in a few words."""
        return f"784-{self.hidden}-10 batch {self.batch} {self.data} {self.precision}"

    def configure(self) -> Config:
        """Return the configuration `baseline` with this case's sizes."""
        base = load_config("baseline")
        return attrs.evolve(
            base,
            name="cost",
            precision=self.precision,
            model=make_stack(784, self.hidden, 10),
            training=attrs.evolve(base.training, batch_size=self.batch),
            optimizer=attrs.evolve(base.optimizer, learning_rate=_RATE),
        )


def list_step_cases(*, quick: bool) -> list[StepCase]:
    """Return the cases: all sizes at batch 64, all batches at two sizes, sizes again on dense data, in both formats."""
    sizes = [(hidden, 64) for hidden in ((32, 128, 512) if quick else HIDDEN)]
    if not quick:
        sizes += [(hidden, batch) for hidden in (128, 512) for batch in BATCHES if batch != 64]  # noqa: PLR2004
    dense = [(128, 64)] if quick else [(hidden, 64) for hidden in HIDDEN]
    chosen = [("images", size) for size in sizes] + [("dense", size) for size in dense]
    formats: tuple[Precision, ...] = ("f32", "f64")
    return [
        StepCase(hidden=hidden, batch=batch, precision=precision, data=data)
        for precision in formats
        for data, (hidden, batch) in chosen
    ]


def load_step_data() -> dict[str, Dataset]:
    """Return the data sets of DATA: the synthetic images of `baseline`, and the same with no zero in them.

    Portable arithmetic may leave out columns that are zero throughout; dense data has none.
    """
    config = load_config("baseline")
    images = load_dataset(config.data, config.seed)
    features = MemoryRows(np.maximum(images.train_features.read(), np.uint8(1)))
    dense = attrs.evolve(images, name="dense", train_features=features)
    return {"images": images, "dense": dense}


def make_order(count: int, batch: int) -> NDArray[np.int64]:
    """Return samples in the order in which all subjects see them: whole batches only, int64 (steps, batch)."""
    order = draw_permutation(count, 0, "shuffle", 1)
    return order[: count - count % batch].reshape(-1, batch)


def make_network_steps(case: StepCase, dataset: Dataset, stack: ExitStack, *, portable: bool) -> Runner:
    """Return a runner that takes training steps; the network has all its columns again when `stack` closes."""
    trainer = make_trainer(case, dataset, portable=portable)
    rows, columns = select_features(trainer, dataset)
    labels, order = dataset.train_labels, make_order(len(dataset.train_labels), case.batch)
    stack.enter_context(trainer.select_columns(columns))

    def run(first: int, count: int) -> None:
        for number in range(first, first + count):
            place = number % len(order)
            if not place:
                trainer.reset_bounds()
            chosen = order[place]
            trainer.step(Samples(rows.take(chosen), labels[chosen]), _RATE)

    return run


def make_trainer(case: StepCase, dataset: Dataset, *, portable: bool) -> Trainer:
    """Return a trainer of the case's network with its initial parameters."""
    config = case.configure()
    network = build_network(config, dataset.sample_shape, dataset.classes, portable=portable)
    return Trainer(network, make_optimizer(config.optimizer, network.fmt, portable=portable))


def make_floor(case: StepCase, dataset: Dataset) -> Runner:
    """Return a runner of the products that the plans of one portable step list, on a network of its own.

    Raises:
        CouldNotJudgeError: the plans list fewer multiplications than the hidden layer alone needs.
    """
    trainer = make_trainer(case, dataset, portable=True)
    rows, columns = select_features(trainer, dataset)
    chosen = make_order(len(dataset.train_labels), case.batch)[0]
    with trainer.select_columns(columns):
        trainer.step(Samples(rows.take(chosen), dataset.train_labels[chosen]), _RATE)
        products = list_products(trainer.passes.list_plans(case.batch))
    require_products(products, case.batch * rows.shape[1] * case.hidden, case.name)
    return replay_products(products)


@contextmanager
def open_contest(
    case: StepCase, datasets: Mapping[str, Dataset], threads: int, peers: Sequence[str] = ()
) -> Iterator[Contest]:
    """Give the contest of one case: portable compared with native, bare products, and the peers named.

    Raises:
        CouldNotJudgeError: a peer does not run on that many threads.
    """
    dataset, precision = datasets[case.data], case.precision
    with ExitStack() as stack:
        runners = {
            f"portable {precision}": make_network_steps(case, dataset, stack, portable=True),
            f"native {precision}": make_network_steps(case, dataset, stack, portable=False),
            f"bare BLAS {precision}": make_floor(case, dataset),
        }
        order = make_order(len(dataset.train_labels), case.batch)
        for peer in peers:
            runners[f"{peer} {precision}"] = PEERS[peer].make(case.configure(), dataset, order, threads)
        details: dict[str, Any] = attrs.asdict(case)
        yield Contest(case=case.name, kind="step", runners=runners, examples=case.batch, details=details)
