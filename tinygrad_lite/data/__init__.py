"""Data to train with: batches, splits, images in folders, and data sets that are in the package, generated or downloaded.

The files, in reading order: samples.py (arrays with a sample in each row), batching.py (`batches`), splitting.py
(`train_test_split`), made.py (`quadratic`, `moons`, `spirals`), words.py (`names`), images.py (`image_folder`, `read_image`),
idx.py (the format of MNIST's files), downloading.py (a file from the network, checked), handwriting.py (`digits`, `mnist`).

Nothing here runs code that is in a data file: no pickle is read.
"""

from typing import Any

from .. import messages
from .batching import Batches, batches
from .handwriting import digits, mnist
from .images import image_folder, read_image
from .made import moons, quadratic, spirals
from .splitting import train_test_split
from .words import names

__all__ = [
    "Batches", "batches", "digits", "image_folder", "mnist", "moons", "names", "quadratic", "read_image", "spirals",
    "train_test_split",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    raise messages.no_name_in_data(name, __all__)


def __dir__() -> list[str]:
    return __all__
