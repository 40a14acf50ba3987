"""Checks what a layer or a loss is given: whole numbers where indices are needed, and floats elsewhere.

Flows in: an argument of a layer. Flows out: its plain array, or an error that says what to give instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle


def plain(value: Any) -> Any:
    """The array of a Tensor; any other value as it is."""
    return value._array if isinstance(value, Handle) else value


def indices(value: Any, count: int, user: str) -> np.ndarray:
    """Indices below `count` as an array. Raises TypeError for other numbers, IndexError for those that are too large."""
    array = np.asarray(plain(value))
    if array.dtype.kind not in "iu" and array.size:
        raise messages.not_indices(user, value, array)
    if array.size and not 0 <= array.min() <= array.max() < count:
        raise messages.no_such_index(user, array, count)
    return array.astype(np.intp, copy=False)


def floats(layer: Any, value: Any) -> None:
    """Raise if a layer that computes with floats is given whole numbers, such as pixels from 0 to 255 or indices."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype.kind != "f":
        raise messages.not_floats(layer, value)
