"""The published data sets that the project knows: their files, digests, licences, shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@attrs.frozen(kw_only=True)
class KnownFile:
    """A file's name, the `sha256:<hex>` of its compressed bytes as published, its number of dimensions."""

    name: str
    digest: str
    rank: int


@attrs.frozen(kw_only=True)
class KnownPart:
    """The images and labels of training or test, and how many samples they hold."""

    name: str
    images: KnownFile
    labels: KnownFile
    samples: int


@attrs.frozen(kw_only=True)
class KnownSet:
    """A published data set.

    Args:
        name: the name in configurations and of its folder.
        title: what it is and who made it.
        licence: under which terms.
        source: its own page.
        mirrors: base addresses to which a file's name is appended, tried in order.
        sample_shape: the shape of one sample.
        classes: the number of classes; labels are 0 to `classes` - 1.
        train: the training samples.
        test: the test samples.
    """

    name: str
    title: str
    licence: str
    source: str
    mirrors: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))
    sample_shape: tuple[int, ...]
    classes: int
    train: KnownPart
    test: KnownPart

    @property
    def parts(self) -> tuple[KnownPart, KnownPart]:
        """Training, then test."""
        return self.train, self.test

    @property
    def files(self) -> Iterator[KnownFile]:
        """The four files: training images, labels, then test images, labels."""
        for part in self.parts:
            yield part.images
            yield part.labels

    def locate(self, file: KnownFile, data_dir: Path) -> Path:
        """Return where a file of this set lies in a data directory, as in `mnist/train-images-idx3-ubyte.gz`."""
        return data_dir / self.name / file.name


def _list_part(name: str, prefix: str, samples: int, images: str, labels: str) -> KnownPart:
    return KnownPart(
        name=name,
        images=KnownFile(name=f"{prefix}-images-idx3-ubyte.gz", digest=f"sha256:{images}", rank=3),
        labels=KnownFile(name=f"{prefix}-labels-idx1-ubyte.gz", digest=f"sha256:{labels}", rank=1),
        samples=samples,
    )


MNIST = KnownSet(
    name="mnist",
    title="MNIST handwritten digits, Yann LeCun and Corinna Cortes, derived from NIST data",
    licence="CC BY-SA 3.0, as commonly stated",
    source="http://yann.lecun.com/exdb/mnist/",
    mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    sample_shape=(28, 28),
    classes=10,
    train=_list_part(
        "train",
        "train",
        60_000,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    test=_list_part(
        "test",
        "t10k",
        10_000,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
)

FASHION_MNIST = KnownSet(
    name="fashion-mnist",
    title="Fashion-MNIST images of clothing, Zalando SE",
    licence="MIT",
    source="https://github.com/zalandoresearch/fashion-mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    sample_shape=(28, 28),
    classes=10,
    train=_list_part(
        "train",
        "train",
        60_000,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    test=_list_part(
        "test",
        "t10k",
        10_000,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
)

KNOWN_SETS = (MNIST, FASHION_MNIST)


def find_known(name: str) -> KnownSet:
    """Return the published set with this name.

    Raises:
        UsageError: there is no such published set.
    """
    for known in KNOWN_SETS:
        if known.name == name:
            return known
    raise UsageError(
        "no such published data set",
        expected=" or ".join(known.name for known in KNOWN_SETS),
        found=name,
        remedy="repro-appliance data list; generated and stored data have nothing to download",
    )
