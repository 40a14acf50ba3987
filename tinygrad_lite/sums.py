"""Adds up the gradients that the uses of a value send back.

Flows in: the parts, one after the other. Flows out: their sum, ``total + part``. This file computes it faster: a part that
came through a slice is added only where the slice is, and other parts are added in place into an array that nothing else
uses. It also computes the sum over the axes along which a value was broadcast.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .memory import Scratch, plain

PLAIN = {int, slice, type(None), type(...), *(np.dtype(char).type for char in np.typecodes["AllInteger"])}
SHORT = 1 << 10  # elements; longer sums would be rounded more than NumPy's


class Sparse:
    """A gradient that is zero except at `index`: what a slice sends back.

    The smallest program that needs it: ``sum(x[i] for i in range(len(x)))``. As full arrays, the n gradients would have n
    numbers each, n² together. Instead each is added at its own place in one array.
    """

    __slots__ = ("dtype", "index", "shape", "value")

    def __init__(self, value: Any, index: Any, shape: tuple[int, ...]) -> None:
        self.value, self.index, self.shape, self.dtype = value, index, shape, value.dtype

    def add_to(self, total: Any) -> Any:
        """Add to `total` in place. An index array may name an element twice, so those go through `np.add.at`."""
        if is_plain(self.index):
            total[self.index] += self.value
        else:
            np.add.at(total, self.index, self.value)
        return total

    def full(self) -> Any:
        """The same gradient as an array, with all its zeros."""
        if isinstance(self.value, (np.ndarray, np.generic)):
            return self.add_to(np.zeros(self.shape, self.dtype))
        return self.add_to(np.zeros(self.shape, self.dtype, like=self.value))  # `Rows`

    def astype(self, dtype: np.dtype[Any]) -> Sparse:
        return Sparse(self.value.astype(dtype), self.index, self.shape)


def is_plain(index: Any) -> bool:
    """Whether an index has no arrays and no lists, so that it names each element once."""
    return PLAIN.issuperset(map(type, index if isinstance(index, tuple) else (index,)))


def summed(g: Any, axes: tuple[int, ...]) -> Any:
    """The sum of `g` over some axes. Over the rows of a matrix it is a product with ones, which is computed faster."""
    if axes == (0,) and g.ndim == 2 and g.__class__ in (np.ndarray, Scratch) and g.dtype.char in "fd":
        return ones(len(g), g.dtype.char).dot(plain(g))
    return g.sum(axis=axes)


def total(g: Any) -> Any:
    """The sum of all elements of `g`. For a short vector, too, that is a product with ones."""
    if g.__class__ is np.ndarray and g.ndim == 1 and len(g) <= SHORT and g.dtype.char in "fd":
        return ones(len(g), g.dtype.char).dot(g)
    return g.sum()


@functools.lru_cache(8)
def ones(n: int, char: str) -> np.ndarray:
    """The ones of the last batches: to make them anew takes as long as the product."""
    return np.ones(n, char)


def added(total: Any, part: Any, ours: bool) -> tuple[Any, bool]:
    """The sum of two gradients, and whether it is an array of our own, which the next part may be added to in place.

    `ours` says that of `total`. What a rule returned is not ours: the rule of `add` returns one array for both arguments.
    """
    if isinstance(total, Sparse):
        if isinstance(part, Sparse):
            return part.add_to(total.full()), True
        return total.add_to(own(part)), True
    if isinstance(part, Sparse):
        return part.add_to(total if ours else own(total)), True
    if ours:
        total += part
        return total, True
    total = total + part
    return total, isinstance(total, np.ndarray)


def own(g: Any) -> Any:
    """A copy that may be changed in place: also a single number of NumPy's becomes an array."""
    return np.array(g) if isinstance(g, (np.ndarray, np.generic)) else g.copy()
