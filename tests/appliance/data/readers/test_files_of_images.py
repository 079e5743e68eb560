"""Images in folders: classes by their names, all images of one shape, every mistake with its file."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from PIL import Image

from appliance.config.own_files import ImagesConfig
from appliance.data.readers.images import read_images
from appliance.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SETTINGS = ImagesConfig(path="images")
GRAY = np.arange(24, dtype=np.uint8).reshape(4, 6)
COLOUR = np.arange(72, dtype=np.uint8).reshape(4, 6, 3)


def save(path: Path, values: NDArray[Any] = GRAY, mode: str | None = None) -> None:
    """Write an image; the end of its name says in which format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values)
    (image if mode is None else image.convert(mode)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two images of the class "cat" and one of "dog", which was written first."""
    save(tmp_path / "images" / "dog" / "1.png", GRAY + np.uint8(100))
    save(tmp_path / "images" / "cat" / "b.png", GRAY + np.uint8(50))
    save(tmp_path / "images" / "cat" / "a.bmp", GRAY)
    (tmp_path / "images" / ".hidden").mkdir()
    (tmp_path / "images" / "cat" / ".thumbnails").touch()
    return tmp_path / "images"


def test_classes_are_the_sorted_names(folder: Path) -> None:
    """Classes in the order of their names, images of a class in that of their files, hidden names left out."""
    found = read_images(folder, SETTINGS)
    assert found.classes == ("cat", "dog")
    assert found.labels.tolist() == [0, 0, 1]
    assert np.array_equal(found.values, np.stack([GRAY, GRAY + np.uint8(50), GRAY + np.uint8(100)]))


def test_channels_come_first(tmp_path: Path) -> None:
    """A sample in colour has the shape (channels, height, width); colours can be converted, to gray and back."""
    save(tmp_path / "x" / "1.ppm", COLOUR)
    assert np.array_equal(read_images(tmp_path, SETTINGS).values[0], COLOUR.transpose(2, 0, 1))
    gray = read_images(tmp_path, ImagesConfig(path="a", color="gray")).values[0]
    wide = COLOUR.astype(np.int64)
    assert np.array_equal(gray, wide[..., 0] * 19595 + wide[..., 1] * 38470 + wide[..., 2] * 7471 + 0x8000 >> 16)
    save(tmp_path / "y" / "1.png", GRAY)
    assert read_images(tmp_path, ImagesConfig(path="a", color="rgb")).values.shape == (2, 3, 4, 6)


def test_another_folder_has_the_same_classes(folder: Path, tmp_path: Path) -> None:
    """The classes of the training folder have their numbers in the test folder too, where some may be absent."""
    save(tmp_path / "test" / "dog" / "1.png")
    assert read_images(tmp_path / "test", SETTINGS, ("cat", "dog")).labels.tolist() == [1]
    save(tmp_path / "test" / "fox" / "1.png")
    with pytest.raises(DataError, match="another class") as caught:
        read_images(tmp_path / "test", SETTINGS, read_images(folder, SETTINGS).classes)
    assert (caught.value.expected, caught.value.found) == ("cat, dog", "fox")


def test_images_of_other_shapes_are_refused(folder: Path) -> None:
    """Another size and another number of channels are one error that names the file and both shapes."""
    for values in (GRAY[:3], COLOUR):
        save(folder / "dog" / "2.png", values)
        with pytest.raises(DataError, match="differ in shape") as caught:
            read_images(folder, SETTINGS)
        assert str(caught.value.where).endswith("2.png")


def test_lossy_images_need_consent(folder: Path) -> None:
    """A JPEG is read only where the settings accept it."""
    save(folder / "dog" / "2.jpg")
    with pytest.raises(DataError, match="cannot be read") as caught:
        read_images(folder, SETTINGS)
    assert caught.value.expected == "a whole image: BMP, PNG, PPM"
    assert len(read_images(folder, ImagesConfig(path="a", lossy=True)).labels) == 4


@pytest.mark.parametrize(
    ("name", "data", "title"),
    [
        ("dog/2.png", b"", "cannot be read"),
        ("dog/2.png", b"GIF89a", "cannot be read"),
        ("dog/notes.txt", b"a text", "cannot be read"),
        ("notes.txt", b"a text", "something else in it"),
        ("dog/more/1.png", b"", "something else in it"),
    ],
)
def test_other_files_are_refused(name: str, data: bytes, title: str, folder: Path) -> None:
    """Files that are no images, files beside the folders and folders inside them are refused."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    with pytest.raises(DataError, match=title) as caught:
        read_images(folder, SETTINGS)
    assert str(folder) in str(caught.value.where)


def test_truncated_and_huge_images_are_refused(folder: Path) -> None:
    """An image that ends too early, and one whose header promises more pixels than are allowed."""
    path = folder / "dog" / "1.png"
    data = path.read_bytes()
    path.write_bytes(data[:-30])
    with pytest.raises(DataError, match="cannot be read"):
        read_images(folder, SETTINGS)
    path.write_bytes(b"P5 60000 60000 255\n")
    with pytest.raises(DataError, match="cannot be read"):
        read_images(folder, SETTINGS)


@pytest.mark.parametrize("mode", ["P", "1", "LA", "CMYK", "I;16"])
def test_other_colour_modes_are_refused(mode: str, folder: Path) -> None:
    """A palette, two colours, or wide numbers: the error says what to set."""
    path = folder / "dog" / ("1.png" if mode != "CMYK" else "1.jpg")
    deep = mode == "I;16"
    save(path, GRAY.astype(np.uint16) if deep else COLOUR, None if deep else mode)
    with pytest.raises(DataError, match="another colour mode") as caught:
        read_images(folder, ImagesConfig(path="a", lossy=True))
    assert "data.images.color" in str(caught.value.remedy)


def test_folders_without_images_are_refused(tmp_path: Path) -> None:
    """No folder, no classes, no images."""
    for name, title in (("", "is missing"), ("images", "no classes"), ("images/cat", "no images")):
        (tmp_path / name).mkdir(exist_ok=True)
        with pytest.raises(DataError, match=title):
            read_images(tmp_path / "images", SETTINGS)


def test_unreadable_folders_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without access is one error."""

    def refuse(_: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(type(folder), "iterdir", refuse)
    with pytest.raises(DataError, match="a folder cannot be read") as caught:
        read_images(folder, SETTINGS)
    assert "Permission denied" in str(caught.value.found)


def test_pillow_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Pillow the error says what to install."""
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match="not installed") as caught:
        read_images(folder, SETTINGS)
    assert caught.value.remedy == "python -m pip install pillow"
