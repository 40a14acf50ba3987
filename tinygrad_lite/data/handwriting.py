"""mnist() and digits() return images of handwritten digits.

Flows in: a folder with files, or nothing. Flows out: the images and their labels, as arrays.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import messages
from .downloading import Pinned, download
from .idx import read_idx
from .images import check_float, folder_at, visible

FILES = {  # for `train`: the images and the labels
    True: ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    False: ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
PINNED = {  # as in tensorflow_datasets/url_checksums/mnist.txt, and in torchvision's list
    "train-images-idx3-ubyte.gz": Pinned(9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    "train-labels-idx1-ubyte.gz": Pinned(28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    "t10k-images-idx3-ubyte.gz": Pinned(1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    "t10k-labels-idx1-ubyte.gz": Pinned(4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
}
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")


def mnist(
    folder: str | os.PathLike[str] | None = None,
    train: bool = True,
    dtype: Any = np.float64,
    download: bool = True,
    mirrors: Sequence[str] = MIRRORS,
) -> tuple[np.ndarray, np.ndarray]:
    """MNIST: images of 60,000 handwritten digits to train with, or of 10,000 to test with, and their labels.

    folder: where the two files are, plain or compressed by gzip. Then nothing is downloaded, and any data in the same format
        can be used, such as Fashion-MNIST. None for the cache, into which they are downloaded when they are first needed
    train: True for the 60,000 images to train with, False for the 10,000 to test with
    dtype: of the images. The 60,000 images need 376 MB in np.float64, and 188 MB in np.float32
    download: False to use only the cache, without a connection; if the files are not there, an error is raised
    mirrors: addresses of folders with the files, tried one after the other; https:// only

    Returns the images, shape (n, 1, 28, 28), from 0 (paper) to 1 (ink), and the labels, shape (n,), whole numbers from 0 to
    9.

    A download must have a known checksum (SHA-256), and continues where an earlier one was stopped. The cache is the folder
    for caches of your system. A file there that has changed is downloaded again.

    Raises ImportError without platformdirs, if no folder is given; FileNotFoundError; OSError, which says what was tried and
    what you can do by hand, if nothing could be downloaded; ValueError for a damaged file.

    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits, 1998.
    """
    check_float("mnist", dtype)
    if not isinstance(train, (bool, np.bool_)):
        raise messages.not_train_or_test(train)
    if folder is not None:
        where = folder_at("mnist", folder)
        paths = [found_in(where, name) for name in FILES[bool(train)]]
    else:
        paths = [cached(name, download, mirrors) for name in FILES[bool(train)]]
    pixels, labels = read_idx(paths[0], axes=3), read_idx(paths[1], axes=1)
    if len(pixels) != len(labels):
        raise messages.unlike_labels(*paths, (len(pixels), len(labels)))
    return np.divide(pixels[:, None], 255, dtype=dtype), labels.astype(np.int64)


def found_in(folder: Path, name: str) -> Path:
    """One of the files in the user's folder: compressed or not, and also as train-images.idx3-ubyte, which some unpack to."""
    plain = name.removesuffix(".gz")
    for each in (name, plain, plain.replace("-idx", ".idx")):
        if (folder / each).is_file():
            return folder / each
    raise messages.no_idx_file(folder, (name, plain), messages.what_is_in([path.name for path in visible(folder)]))


def cached(name: str, may_download: bool, mirrors: Sequence[str]) -> Path:
    """One of the files in the cache, downloaded if it is not there, or is not what it was."""
    folder = cache_folder()
    path = folder / name
    if PINNED[name].matches(path):
        return path
    if not may_download:
        raise messages.not_in_cache(name, folder)
    if isinstance(mirrors, str) or not mirrors or not all(isinstance(mirror, str) for mirror in mirrors):
        raise messages.no_mirrors(mirrors)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise messages.no_cache_folder(folder, error.strerror) from error
    return download([f"{mirror.rstrip('/')}/{name}" for mirror in mirrors], path, PINNED[name])


def cache_folder() -> Path:
    """The folder for MNIST among the caches of this user."""
    try:
        import platformdirs
    except ImportError as error:
        raise messages.not_installed("mnist", "platformdirs", "data") from error
    return Path(platformdirs.user_cache_dir("tinygrad_lite", appauthor=False)) / "mnist"


def digits(dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """The 1,797 handwritten digits of scikit-learn, images of 8 × 8 pixels, and their labels.

    dtype: of the images, np.float64 or np.float32

    Returns the images, shape (1797, 1, 8, 8), from 0 (paper) to 1 (ink) in steps of 1/16, and the labels, shape (1797,),
    whole numbers from 0 to 9. They come with scikit-learn; nothing is downloaded. Raises ImportError without scikit-learn.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
    """
    check_float("digits", dtype)
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise messages.not_installed("digits", "scikit-learn", "data") from error
    loaded = load_digits()
    return np.divide(loaded.images[:, None], 16, dtype=dtype), loaded.target.astype(np.int64)
