"""Functions that compiled programs use and NumPy does not have. In the text, each is a line or two: see `writing.py`."""

from __future__ import annotations

from typing import Any

import numpy as np


def picked(x: Any, classes: Any) -> Any:
    """For each row of `x`, the number at its class."""
    return x[np.arange(len(x)), classes]


def less_one_at(x: Any, classes: Any) -> Any:
    """`x`, and in each row 1 less at its class."""
    result = np.array(x)
    result[np.arange(len(x)), classes] -= 1
    return result


def masked(x: Any, mask: Any) -> Any:
    """`x` where the mask is True, and 0 elsewhere."""
    return np.where(mask, x, np.zeros_like(x))


def dot(x: Any, y: Any) -> Any:
    """The sum of the products of the elements of two arrays of one shape."""
    return np.dot(np.ravel(x), np.ravel(y))


def ones(n: int) -> Any:
    """A vector of ones."""
    return np.ones(n)


def picked_in_column(x: Any, classes: Any) -> Any:
    """For each column of `x`, the number at its class."""
    return x[classes, np.arange(len(classes))]


def less_one_in_column(x: Any, classes: Any) -> Any:
    """`x`, and in each column 1 less at its class."""
    result = np.array(x)
    result[classes, np.arange(len(classes))] -= 1
    return result


def placed_at(value: Any, index: Any, shape: Any) -> Any:
    """Zeros of a shape with `value` at `index`."""
    result = np.zeros(shape, np.result_type(value))
    result[index] = value
    return result


def added_at(x: Any, value: Any, index: Any) -> Any:
    """`x` with `value` added at `index`."""
    result = np.array(x)
    result[index] += value
    return result
