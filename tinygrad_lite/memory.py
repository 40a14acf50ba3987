"""Reuses the memory of large arrays in the backward pass, because new memory is slow.

A new array of 8 MB needs new memory from the operating system, which provides it in pages and clears each page: for a million
numbers that takes longer than multiplying them. The backward pass makes dozens of such arrays and soon drops them. Here they
take their memory from a small stock, and return it to the stock when they are dropped.

Flows in: a large array that a rule is about to compute with, as `scratch(array)`. Flows out: the same array, of a class whose
results are written to memory from the stock. An array that is still in use never changes: a piece of the stock is used again
only if no array and no view refers to it, which Python's reference count tells.
"""

from __future__ import annotations

import math
import sys
import threading
from typing import Any

import numpy as np

LARGE = 1 << 17  # bytes; smaller arrays are fast without help
KEPT = 1 << 27  # bytes that the stock of one thread holds at most


def count(pieces: list[np.ndarray]) -> int:
    """The reference count of a piece that only the stock holds, as it looks from inside a loop."""
    for piece in pieces:
        return sys.getrefcount(piece)
    return 0


class Stock(threading.local):
    """The pieces of memory of one thread, in use or free."""

    def __init__(self) -> None:
        self.pieces: list[np.ndarray] = []


stock = Stock()
CAN_COUNT = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
FREE = count([np.empty(1)]) if CAN_COUNT else -1  # the count of a piece that is free; -1, which never occurs, uses none again


def new_array(shape: tuple[int, ...], dtype: np.dtype[Any], nbytes: int) -> np.ndarray:
    """An uninitialized array, in a free piece of the stock if there is one of its size."""
    pieces = stock.pieces
    for piece in pieces:
        if piece.nbytes == nbytes and sys.getrefcount(piece) == FREE:
            return np.ndarray(shape, dtype, piece)
    piece = np.empty(nbytes, np.uint8)
    if CAN_COUNT and nbytes <= KEPT:
        pieces.append(piece)
        while sum(p.nbytes for p in pieces) > KEPT:
            del pieces[0]  # the oldest; an array that still uses it keeps it alive
    return np.ndarray(shape, dtype, piece)


def is_ours_alone(g: Any) -> bool:
    """Whether an array that `backward` found has memory of its own, and nobody else refers to it: it need not be copied."""
    return g.__class__ is np.ndarray and g.base is None and references(g) == ALONE


def references(g: Any) -> int:
    return sys.getrefcount(g)


def count_of_one(found: list[tuple[Any, Any]]) -> int:
    """The count of an array that only this list holds, as `is_ours_alone` takes it: inside a loop over the list."""

    def as_there(g: Any) -> int:
        return references(g)

    for _, g in found:
        return as_there(g)
    return 0


ALONE = count_of_one([(None, np.empty(1))]) if CAN_COUNT else -1


class Scratch(np.ndarray):
    """A large array whose results, if they are large and of the same dtype, are written to memory from the stock."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, out: Any = None, **keywords: Any) -> Any:
        args = tuple(map(plain, args))
        if out is not None:
            keywords["out"] = tuple(map(plain, out))
        elif method == "__call__" and not keywords and (shape := self.shape_of_result(ufunc, args)) is not None:
            char, nbytes = self.dtype.char, math.prod(shape) * self.itemsize
            if f"{char * ufunc.nin}->{char}" in ufunc.types and nbytes >= LARGE:
                result = ufunc(*args, out=new_array(shape, self.dtype, nbytes))
                return result.view(Scratch)
        return getattr(ufunc, method)(*args, **keywords)

    def shape_of_result(self, ufunc: np.ufunc, args: tuple[Any, ...]) -> tuple[int, ...] | None:
        """The shape of the result, if it has this array's dtype: of a matrix product, or of a function of single elements."""
        if ufunc is np.matmul:
            matrices = all(isinstance(a, np.ndarray) and a.ndim == 2 and a.dtype == self.dtype for a in args)
            return (len(args[0]), args[1].shape[1]) if matrices else None
        return self.shape if ufunc.signature is None and all(self.alike(a) for a in args) else None

    def alike(self, other: Any) -> bool:
        """Whether the result of a function of both has this array's shape and dtype."""
        if isinstance(other, np.ndarray | np.generic):
            return (other.dtype == self.dtype or other.dtype == bool) and other.shape in (self.shape, ())
        return other.__class__ in (int, float)


OURS: set[type[np.ndarray]] = {Scratch}  # kinds of array that users should not see; trace() has one more


def plain(array: Any) -> Any:
    """The array as NumPy's own type."""
    return array.view(np.ndarray) if array.__class__ in OURS else array


def as_operand(array: Any) -> Any:
    """What a function gets for an array of our own classes: a number for one without axes, a float if it stands for one."""
    value = scratch(array)[()]
    return float(value) if getattr(array, "stands_for_float", False) else value


def scratch(array: Any) -> Any:
    """The array as Scratch, if it is large and NumPy's own."""
    array = plain(array)
    return array.view(Scratch) if array.__class__ is np.ndarray and array.nbytes >= LARGE else array
