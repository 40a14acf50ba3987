"""Each of Python's operators, and each method of a Tensor, becomes a call of one NumPy function.

Flows in: a function, like np.add. Flows out: what Python calls for ``t + u``, ``u + t``, ``t += u``, ``t < u``, ``t.sum()``.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .. import messages
from ..autograd import RULES, Handle, record
from ..operands import FIT, operand
from ..recording import mode, recording
from . import leaving
from .calling import call
from .compositions import without_tensors
from .leaving import leaves_the_graph
from .writing import write_result

T = TypeVar("T")


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function as a method: its first argument is the Tensor."""

    @functools.wraps(function, assigned=("__name__",), updated=())
    def bound(self: Any, *args: Any, **keywords: Any) -> Any:
        return call(function, (self, *args), keywords)

    bound.__doc__ = f"{messages.name_of(function)} of this Tensor: same signature, same meaning."
    return bound


def in_place(symbol: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """``t += u`` and its relatives: the Tensor goes on with ``t + u``; a leaf that wants gradients only in `no_grad`."""

    def update(self: Any, other: Any) -> Any:
        if not self.is_leaf or not self.requires_grad:
            return write_result(self, function(self, other))
        if recording():
            raise messages.leaf_in_place(self, f"{self.name or 'w'} {symbol} ...")
        mine = self._array if mode().watcher is None else self.data
        new = function(mine, operand(without_tensors(other)))
        if new.shape != self.shape:
            raise messages.leaf_of_another_shape(self, symbol, new.shape)
        self.data = new.astype(self.dtype, copy=False)
        return self

    return update


def binary(function: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``t * other``, and ``other * t`` for when only the right one is a Tensor."""

    def forward(self: Any, other: Any) -> Any:
        try:
            return record(RULES[function], (self, other))
        except messages.Declined:
            return NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        return record(RULES[function], (other, self))

    return forward, reflected


def converted_to(kind: Callable[..., T]) -> Callable[[Any], T]:
    """``float(t)`` and its relatives: the number alone, if nobody wants a gradient of it."""
    return lambda self: kind(leaving.number_of(self))


def power(self: Any, other: Any, modulo: Any = None) -> Any:
    """``t ** other``, which Python's pow(t, other, modulo) asks for as well."""
    if modulo is not None:
        raise messages.power_modulo(self)
    try:
        return record(RULES[np.power], (self, other))
    except messages.Declined:
        return NotImplemented


def comparison(function: np.ufunc, compare: Callable[..., Any]) -> Callable[..., Any]:
    """``t < other``: a plain array of truth values. What is no array is compared as Python would compare it with one.

    Python's max(), min() and sorted() ask for ``<`` and ``>`` too, and ``if`` for one truth value: they are not for arrays,
    and a message says so.
    """

    def bound(self: Any, other: Any) -> Any:
        if isinstance(other, Handle) or other.__class__ in FIT:
            leaving.compared_by_python(self, sys._getframe(1))
            return call(function, (self, other), {})
        leaves_the_graph(messages.name_of(function), self)
        return compare(self.data, without_tensors(other))

    return bound
