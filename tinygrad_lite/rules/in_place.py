"""Functions that write into their first argument, such as np.put, np.copyto and np.add.at.

A Tensor's array is never changed. The new array is computed by ``target[places] = values``, which records a node, and lets
the Tensor stand for the new values. For a leaf that wants gradients it raises an error that says what to do.

NumPy itself says which element gets which value: its own function is run on positions, 0, 1, 2, … in the target and as many
more in the values. Afterwards each position shows where its element comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import messages
from ..autograd import RULES
from ..protocols.calling import on_arrays
from ..protocols.compositions import array_of, composition, without_tensors
from ..protocols.leaving import asker, refusal
from ..tensor import Tensor
from .indexing import scatter


def write(function: Callable[..., Any], target: Any, values: Any, run: Callable[[Any, Any], Any]) -> None:
    """Write into `target` what `run(target, values)`, a call of `function`, would write into an array."""
    values = array_of(values)
    if not isinstance(target, Tensor):
        if isinstance(values, Tensor) and values.requires_grad:
            who = asker()
            if "full" in [name for _, name in who.numpy]:  # np.full(shape, t, dtype=...) calls np.copyto
                raise refusal(values, who)
            raise messages.into_a_plain_array(function, target, values)
        on_arrays(run, target, values)
        return
    run(np.array(without_tensors(target)), without_tensors(values))  # NumPy refuses what does not fit
    come_from = np.arange(target.size).reshape(target.shape)
    run(come_from, np.arange(np.size(values)).reshape(np.shape(values)) + target.size)
    written = come_from >= target.size
    if not written.any():
        return
    which = come_from[written] - target.size
    places: Any = np.nonzero(written) if target.ndim else ()
    target[places] = np.ravel(values)[which] if target.ndim else np.ravel(values)[which[0]]


@composition(np.copyto, ask=False)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    write(np.copyto, dst, src, lambda a, v: np.copyto(a, v, casting, where))


@composition(np.put, ask=False)
def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    write(np.put, a, v, lambda a, v: np.put(a, without_tensors(ind), v, mode))


@composition(np.putmask, ask=False)
def putmask(a: Any, mask: Any, values: Any) -> None:
    write(np.putmask, a, values, lambda a, v: np.putmask(a, mask, v))


@composition(np.place, ask=False)
def place(arr: Any, mask: Any, vals: Any) -> None:
    write(np.place, arr, vals, lambda a, v: np.place(a, mask, v))


@composition(np.put_along_axis, ask=False)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> None:
    write(np.put_along_axis, arr, values, lambda a, v: np.put_along_axis(a, without_tensors(indices), v, axis))


@composition(np.fill_diagonal, ask=False)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    write(np.fill_diagonal, a, val, lambda a, v: np.fill_diagonal(a, v, wrap))


# --- ufunc.at ---------------------------------------------------------------------------------------------------------


def at(ufunc: np.ufunc) -> Callable[..., None]:
    """``np.multiply.at(a, indices, b)``: at each index in turn, also if one comes several times."""

    def apply(a: Any, indices: Any, *b: Any) -> None:
        if not isinstance(a, Tensor):
            if any(isinstance(values, Tensor) and values.requires_grad for values in b):
                raise messages.into_a_plain_array((ufunc, "at"), a, b[0])
            on_arrays(lambda *args: ufunc.at(*args), a, indices, *b)
            return
        index = without_tensors(indices)
        with np.errstate(all="ignore"):
            ufunc.at(np.array(without_tensors(a)), index, *without_tensors(b))  # NumPy refuses what does not fit
        places = np.arange(a.size).reshape(a.shape)[index]
        stretched = [np.broadcast_to(values, places.shape) for values in b]
        if ufunc in (np.add, np.subtract):  # all at once: they add up in any order
            a[...] = ufunc(a, scatter(stretched[0], index, a.shape))
            return
        for i, *values in zip(places.ravel(), *map(np.ravel, stretched)):
            where = np.unravel_index(i, a.shape)
            a[where] = ufunc(a[where], *values)

    def apply_to_two(a: Any, indices: Any, b: Any) -> None:
        apply(a, indices, array_of(b))

    def apply_to_one(a: Any, indices: Any) -> None:
        apply(a, indices)

    return apply_to_two if ufunc.nin == 2 else apply_to_one


for function in [np.ldexp, *(f for f in RULES if isinstance(f, np.ufunc) and f.signature is None and f.nin <= 2)]:
    composition((function, "at"), ask=False)(at(function))
