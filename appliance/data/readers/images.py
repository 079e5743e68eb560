"""Images in folders, one folder for each class: read by Pillow, all of one shape."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.data.idx import read_file
from appliance.data.readers.damage import make_damage, report_damage
from appliance.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

    from appliance.config.own_files import ImagesConfig

SUFFIXES = frozenset({".bmp", ".png", ".ppm", ".pgm", ".jpg", ".jpeg", ".webp"})
"""The ends of the names of images, in small letters."""
_EXACT = ("BMP", "PNG", "PPM")
_LOSSY = ("JPEG", "WEBP")
_LARGEST_FILE = 1 << 28
_MOST_PIXELS = 1 << 26
_MODES = {"gray": "L", "rgb": "RGB"}
_STORED = ("L", "RGB", "RGBA")


class Images(NamedTuple):
    """All images of a folder, uint8 (n, h, w) or (n, c, h, w), with class numbers (n,) and the names of the classes."""

    values: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]


def read_images(folder: Path, settings: ImagesConfig, classes: tuple[str, ...] | None = None) -> Images:
    """Return the images of a folder: classes in the order of their names, images of a class in that of their files.

    Names are compared as texts, by their code points. Names that begin with a dot are left out.

    Args:
        folder: has one folder for each class.
        settings: the settings of the source.
        classes: the names of the classes, if another folder tells them; None for all folders that are there.

    Raises:
        DataError: Pillow is not installed, the folder cannot be read, a file is no image, or images differ in shape.
    """
    _load_pillow()
    found = _list_names(folder, folders=True)
    unknown = [name for name in found if classes is not None and name not in classes]
    if unknown or not found:
        expected = ", ".join((classes or ())[:10]) or "one folder for each class"
        title = "a folder has another class" if unknown else "a folder has no classes"
        raise make_damage(title, expected, unknown[0] if unknown else "no folder", folder)
    names = classes or tuple(found)
    files = [(number, folder / name) for number, name in enumerate(names) if name in found]
    paths = [(number, place / file) for number, place in files for file in _list_names(place, folders=False)]
    values = _read_all([path for _, path in paths], folder, settings)
    return Images(values, np.array([number for number, _ in paths], dtype=np.int64), names)


def read_plain_folder(folder: Path, settings: ImagesConfig) -> NDArray[np.uint8]:
    """Return the images in a folder, or in all folders in it, without classes, in the order of their names.

    Raises:
        DataError: as for `read_images`.
    """
    with report_damage("a folder cannot be read", "a readable folder", folder):
        has_folders = any(path.is_dir() for path in folder.iterdir() if not path.name.startswith("."))
    inner = [folder / name for name in _list_names(folder, folders=True)] if has_folders else [folder]
    return _read_all([place / name for place in inner for name in _list_names(place, folders=False)], folder, settings)


def read_image(path: Path, settings: ImagesConfig) -> NDArray[np.uint8]:
    """Return one image, uint8 (h, w) or (c, h, w).

    Raises:
        DataError: as for `read_images`.
    """
    return _read_image(_load_pillow(), path, settings)


def _read_all(paths: Sequence[Path], folder: Path, settings: ImagesConfig) -> NDArray[np.uint8]:
    """Return images, all of one shape."""
    pillow = _load_pillow()
    values: list[NDArray[np.uint8]] = []
    for path in paths:
        values.append(_read_image(pillow, path, settings))
        if values[-1].shape != values[0].shape:
            remedy = "scale all images to one size, and store all in one colour mode"
            raise make_damage("images differ in shape", values[0].shape, values[-1].shape, path, remedy)
    if not values:
        raise make_damage("a folder has no images", "images", "none", folder)
    return np.stack(values)


def _load_pillow() -> ModuleType:
    try:
        from PIL import Image  # noqa: PLC0415 - an extra that few need
    except ImportError:
        raise DataError(
            "images are read by Pillow, which is not installed",
            expected="the package pillow",
            found="not installed",
            remedy="python -m pip install pillow",
        ) from None
    return Image


def _list_names(folder: Path, *, folders: bool) -> list[str]:
    """Return the names in a folder, sorted; all must be folders, or none.

    Raises:
        DataError: the folder cannot be read, or a name is of the other kind.
    """
    with report_damage("a folder cannot be read", "a readable folder", folder):
        if not folder.is_dir():
            found = "a file" if folder.exists() else "nothing"
            raise make_damage("a folder of images is missing", "a folder", found, folder)
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        for name in names:
            if (folder / name).is_dir() != folders:
                expected = "folders, one for each class" if folders else "images only"
                found = "a file" if folders else "a folder"
                raise make_damage("a folder of images has something else in it", expected, found, folder / name)
    return names


def _read_image(pillow: Any, path: Path, settings: ImagesConfig) -> NDArray[np.uint8]:  # noqa: ANN401 - a module
    """Return one image, uint8 (h, w) or (c, h, w)."""
    formats = (*_EXACT, *(_LOSSY if settings.lossy else ()))
    expected = f"a whole image: {', '.join(formats)}"
    data = read_file(path, limit=_LARGEST_FILE)
    with (
        report_damage("an image cannot be read", expected, path),
        pillow.open(io.BytesIO(data), formats=formats) as image,
    ):
        if image.width * image.height > _MOST_PIXELS:
            raise make_damage("an image is too large", f"at most {_MOST_PIXELS} pixels", f"{image.size}", path)
        wanted = _MODES.get(settings.color)
        if wanted is None and image.mode not in _STORED:
            remedy = 'set data.images.color to "gray" or "rgb", or store the images in one of these modes'
            modes = " or ".join(_STORED)
            raise make_damage("an image has another colour mode", modes, image.mode, path, remedy)
        values = np.array(image if wanted in (None, image.mode) else image.convert(wanted), dtype=np.uint8)
    return np.ascontiguousarray(values if values.ndim == 2 else values.transpose(2, 0, 1))  # noqa: PLR2004 - h, w
