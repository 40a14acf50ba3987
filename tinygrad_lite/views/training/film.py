"""Compresses many pictures into a text that a page can contain: only the changes from one picture to the next are kept.

Flows in: an array of whole numbers, 8 or 16 bits, with a picture in each row. Flows out: a text; `training.js` reads it.
"""

from __future__ import annotations

import base64
import zlib

import numpy as np


def film(pictures: np.ndarray) -> str:
    """The pictures as a text: differences of rows (modulo 256 or 65536), in the order of bytes of Intel, zlib, base64.

    >>> import numpy as np
    >>> len(film(np.zeros((100, 3600), np.uint8))) < 1000
    True
    """
    changes = np.diff(pictures, axis=0, prepend=np.zeros_like(pictures[:1]))
    return base64.b64encode(zlib.compress(changes.astype(pictures.dtype.newbyteorder("<")).tobytes(), 9)).decode()
