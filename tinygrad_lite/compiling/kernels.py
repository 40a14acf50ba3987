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


def chosen(mask: Any, x: Any, y: Any) -> Any:
    """`x` where the mask is True, and `y` elsewhere."""
    return np.where(mask, x, y)


def signs(x: Any) -> Any:
    """1 where `x` is positive, -1 where it is negative, and 0 where it is 0. With nan in `x`, the engine computes instead."""
    return np.sign(x)


def dot(x: Any, y: Any) -> Any:
    """The sum of the products of the elements of two arrays of one shape."""
    return np.dot(np.ravel(x), np.ravel(y))


def products(x: Any, *rows: Any) -> Any:
    """The sums of the products of the elements of each of several arrays and those of `x`."""
    return np.stack([np.ravel(row) for row in rows]).dot(np.ravel(x))


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


def in_order(x: Any) -> Any:
    """A copy of `x` whose numbers are in order in memory."""
    return np.array(x, order="C")


def windows(x: Any, kernel: Any, stride: Any, dilation: Any, size: Any) -> Any:
    """For images (C, H, W, N), what each number of a kernel meets in each of its places: (C, kh, kw, *size, N)."""
    result = np.empty((x.shape[0], *kernel, *size, x.shape[3]), x.dtype)
    for u, v in np.ndindex(*kernel):
        result[:, u, v] = x[met((u, v), stride, dilation, size)]
    return result


def overlapped(columns: Any, stride: Any, dilation: Any, shape: Any) -> Any:
    """Images in which each pixel is the sum of its copies in `windows`."""
    result = np.zeros(shape, columns.dtype)
    for u, v in np.ndindex(*columns.shape[1:3]):
        result[met((u, v), stride, dilation, columns.shape[3:5])] += columns[:, u, v]
    return result


def met(at: Any, stride: Any, dilation: Any, size: Any) -> Any:
    """The index of the pixels that the number of a kernel at [i, j] meets."""
    ends = [(i * d, i * d + (n - 1) * s + 1, s) for i, d, n, s in zip(at, dilation, size, stride)]
    return (slice(None), *(slice(*each) for each in ends))


def to_largest(g: Any, x: Any, top: Any, places: Any) -> Any:
    """Zeros like `x`, with `g` added at the first pixel of each window that is equal to its largest, `top`."""
    result, found = np.zeros_like(x), np.zeros(top.shape, bool)
    for place in places:
        here = (x[place] == top) & ~found
        result[place] += np.where(here, g, 0)
        found |= here
    return result


OWN = {
    picked, less_one_at, masked, chosen, picked_in_column, less_one_in_column, placed_at, added_at, in_order, signs,
    windows, overlapped, to_largest, products,
}  # fmt: skip
# The functions whose lines `calls.py` and its like write in a way of their own.
