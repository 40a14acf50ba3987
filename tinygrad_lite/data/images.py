"""image_folder() and read_image() read image files as arrays.

Flows in: a folder with one sub-folder for each class, or one file. Flows out: arrays of shape (images, channels, height,
width) with numbers from 0 to 1, labels, and the names of the classes. Pillow reads the files.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import messages
from .samples import is_count

FORMATS = {  # no others are opened: EPS files, for example, are programs
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".bmp": "BMP", ".webp": "WEBP", ".tif": "TIFF",
    ".tiff": "TIFF", ".ppm": "PPM", ".pgm": "PPM", ".pbm": "PPM", ".pnm": "PPM",
}  # fmt: skip
MODES = (None, "L", "RGB", "RGBA")
Size = int | tuple[int, int] | None


def image_folder(
    dir: str | os.PathLike[str], size: Size = None, mode: str | None = None, dtype: Any = np.float64
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The images in a folder that has one sub-folder for each class, their labels, and the names of the classes.

    dir: the folder
    size: (height, width) that all images are scaled to, by linear interpolation, which averages if images become smaller. A
        single number means a square. None keeps the size, which must be the same for all images
    mode: "L" for grey, "RGB", or "RGBA"; None for "L" if all images are grey, and "RGB" otherwise. Without "RGBA",
        transparent pixels become white
    dtype: of the images, np.float64 or np.float32

    Returns the images, shape (images, channels, height, width), from 0 to 1; their labels, shape (images,), whole numbers;
    and the names of the classes, which are those of the sub-folders: the class of image i is ``names[labels[i]]``. The images
    are in the order of the names of their sub-folders and files, by character codes. Images in folders inside a sub-folder
    count too.

    PNG, JPEG, GIF, BMP, WebP, TIFF and PPM files are read. They are rotated as their EXIF data says; of an animation only the
    first image is used, and of 16 bits only the upper 8. Hidden files and folders are skipped; other files too, with a
    warning.

    Raises ImportError without Pillow; FileNotFoundError or NotADirectoryError; ValueError for a folder without sub-folders, a
    sub-folder without images, a file that cannot be read or claims to be huge, and images of different sizes.
    """
    check_options("image_folder", size, mode, dtype)
    root = folder_at("image_folder", dir)
    classes = [folder for folder in visible(root) if folder.is_dir()]
    if not classes:
        raise messages.no_classes(root, messages.what_is_in([path.name for path in visible(root)]))
    pictures, labels, others = dict[Path, np.ndarray](), list[int](), list[Path]()
    for label, folder in enumerate(classes):
        files = list(files_below(folder))
        images = [file for file in files if file.suffix.lower() in FORMATS]
        if not images:
            raise messages.no_images(folder, messages.what_is_in([file.name for file in files]))
        pictures.update((file, pixels_of(file, size, mode)) for file in images)
        labels += [label] * len(images)
        others += [file for file in files if file.suffix.lower() not in FORMATS]
    if others:
        warnings.warn(messages.skipped_files(root, [str(path.relative_to(root)) for path in others]), stacklevel=2)
    sizes = {picture.shape[:2]: file for file, picture in reversed(pictures.items())}
    if len(sizes) > 1:
        raise messages.several_sizes(root, sizes)
    return as_floats(list(pictures.values()), dtype), np.array(labels), [folder.name for folder in classes]


def read_image(
    path: str | os.PathLike[str], size: Size = None, mode: str | None = None, dtype: Any = np.float64
) -> np.ndarray:  # fmt: skip
    """One image file as an array of shape (channels, height, width), from 0 to 1. The options are those of `image_folder`.

    ``read_image(path, ...)[None]`` has the shape of a batch with one image.
    """
    check_options("read_image", size, mode, dtype)
    return as_floats([pixels_of(Path(path).expanduser(), size, mode)], dtype)[0]


def as_floats(pictures: list[np.ndarray], dtype: Any) -> np.ndarray:
    """Pictures of one size, with channels last and numbers up to 255, as one array with channels first, up to 1."""
    channels = max(picture.shape[2] for picture in pictures)
    images = np.empty((len(pictures), channels, *pictures[0].shape[:2]), dtype)
    for image, picture in zip(images, pictures):  # grey among coloured ones has the same number in each channel
        np.divide(np.moveaxis(picture, 2, 0), 255, out=image, dtype=dtype)
    return images


def pixels_of(path: Path, size: Size, mode: str | None) -> np.ndarray:
    """The pixels of one file, bytes, of shape (height, width, channels)."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise messages.not_installed("read_image", "Pillow", "images") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=sorted(set(FORMATS.values()))) as file:
                image = ImageOps.exif_transpose(file)
                image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise messages.too_many_pixels(path, error) from error
    except FileNotFoundError:
        raise
    except Image.UnidentifiedImageError as error:
        raise messages.not_an_image(path) from error
    except Exception as error:  # each format has its own errors for a file that is broken
        raise messages.broken_image(path, error) from error
    if image.mode == "F":
        raise messages.image_of_floats(path)
    grey = image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I")
    if image.mode.startswith("I"):  # 16 bits, which older versions of Pillow keep in 32, and would clip to 255
        image = Image.fromarray((np.clip(np.asarray(image), 0, 65535) >> 8).astype(np.uint8))
    if mode != "RGBA" and ("A" in image.getbands() or "transparency" in image.info):
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    image = image.convert(mode or ("L" if grey else "RGB"))
    if size is not None:
        height, width = size if isinstance(size, (tuple, list)) else (size, size)
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(image.height, image.width, -1)


def folder_at(function: str, folder: str | os.PathLike[str]) -> Path:
    """The folder, if it is one."""
    path = Path(folder).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise messages.not_a_folder(function, path)
    nearest = next(parent for parent in path.absolute().parents if parent.is_dir())
    raise messages.no_such_folder(function, path, nearest, messages.what_is_in([each.name for each in visible(nearest)]))


def visible(folder: Path) -> list[Path]:
    """What is in a folder, in order, without what is hidden."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def files_below(folder: Path) -> Iterator[Path]:
    """The files in a folder and in those further down, in order. Links to folders, which may go in circles, are left out."""
    for path in visible(folder):
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink():
            yield from files_below(path)


def check_options(function: str, size: Any, mode: Any, dtype: Any) -> None:
    """Refuse what is no size, no mode, and no dtype for numbers from 0 to 1."""
    if mode not in MODES:
        raise messages.no_mode(mode)
    check_float(function, dtype)
    pair = isinstance(size, (tuple, list)) and len(size) == 2 and all(map(is_count, size))
    if not (size is None or is_count(size) or pair):
        raise messages.no_size(size)


def check_float(function: str, dtype: Any) -> None:
    """Refuse a dtype that has no numbers between 0 and 1."""
    try:
        floats = np.issubdtype(np.dtype(dtype), np.floating)
    except TypeError as error:
        raise messages.no_float_dtype(function, dtype) from error
    if not floats:
        raise messages.no_float_dtype(function, dtype)
