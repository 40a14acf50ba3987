"""Derivatives of the functions that move numbers about without changing them.

Going back, the numbers are moved the other way: transpose back, split what was joined, sum what was repeated. Most of
these functions are written with a few others (reshape, transpose, broadcast_to, join, indexing); only those few have rules.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import unbroadcast
from ..registry import derivative, primitive
from ..tensor import CONSTANT, PLAIN, composition, put, without_tensors

# --- the table --------------------------------------------------------------------------------------------------------


@primitive
def join(*arrays: Any, axis: Any = 0) -> Any:
    """Several arrays one after the other along `axis`: np.concatenate with the arrays as arguments."""
    return np.concatenate(arrays, axis=axis)


# fmt: off
derivative(np.reshape,      a=lambda g, shape, order: np.reshape(g, shape, **order_of(order)),
           signature="a, shape, order='C'", run=lambda a, shape, order="C": a.reshape(shape, **order_of(order)))
derivative(np.transpose,    a=lambda g, axes: np.transpose(g, axes if axes is None else inverse(np.mod(axes, g.ndim))))
derivative(np.swapaxes,     a=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2))
derivative(np.moveaxis,     a=lambda g, source, destination: np.moveaxis(g, destination, source))
derivative(np.squeeze,      a=lambda g, shape: np.reshape(g, shape),                  ignore=["axis"])
derivative(np.expand_dims,  a=lambda g, shape: np.reshape(g, shape),                  ignore=["axis"])
derivative(np.broadcast_to, array=lambda g, shape: unbroadcast(g, shape),             ignore=["shape"])
derivative(join,            arrays=lambda g, position, shapes, axis: piece(g, position, shapes, axis))
derivative(np.flip,         m=lambda g, axis: np.flip(g, axis))
derivative(np.roll,         a=lambda g, shift, axis: np.roll(g, np.negative(shift), axis))
derivative(np.tril,         m=lambda g, k, shape: unbroadcast(np.tril(g, k), shape))
derivative(np.triu,         m=lambda g, k, shape: unbroadcast(np.triu(g, k), shape))
# fmt: on


def order_of(order: str) -> dict[str, Any]:
    """The keyword `order`, unless it is NumPy's default: arrays of other libraries may know no other."""
    return {} if order == "C" else {"order": order}


def inverse(permutation: Any) -> list[int]:
    """The permutation that undoes this one."""
    return np.argsort(permutation).tolist()


def piece(g: Any, position: int, shapes: list[tuple[int, ...]], axis: Any) -> Any:
    """Joining forward is splitting backward: the part of `g` that came from the array at `position`."""
    if axis is None:  # each array was flattened first
        sizes = [int(np.prod(shape)) for shape in shapes]
        start = sum(sizes[:position])
        return np.reshape(g[start : start + sizes[position]], shapes[position])
    axis %= g.ndim
    start = sum(shape[axis] for shape in shapes[:position])
    return g[(slice(None),) * axis + (slice(start, start + shapes[position][axis]),)]


# --- written with other functions: axes -------------------------------------------------------------------------------


@composition(np.ravel)
def ravel(a: Any, order: Any = "C") -> Any:
    return np.reshape(a, -1, order=order)


@composition(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@composition(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    return at_least(arrays, lambda shape: shape or (1,))


@composition(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    return at_least(arrays, lambda shape: (1,) * (2 - len(shape)) + shape)


@composition(np.atleast_3d)
def atleast_3d(*arrays: Any) -> Any:
    wider = {0: lambda shape: (1, 1, 1), 1: lambda shape: (1, *shape, 1), 2: lambda shape: (*shape, 1)}
    return at_least(arrays, lambda shape: wider.get(len(shape), tuple)(shape))


def at_least(arrays: Any, widen: Any) -> Any:
    """The arrays in their widened shapes: one array for one, as many for several."""
    wide = [np.reshape(a, widen(np.shape(a))) for a in arrays]
    return wide[0] if len(wide) == 1 else several(wide)


def several(arrays: list[Any]) -> Any:
    """Several results in the container that NumPy uses: a tuple since 2.0, a list before."""
    return tuple(arrays) if np.__version__ >= "2" else arrays


@composition(np.broadcast_arrays)
def broadcast_arrays(*arrays: Any, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return several([np.broadcast_to(a, shape) for a in arrays])


@composition(np.fliplr)
def fliplr(m: Any) -> Any:
    return np.flip(m, 1)


@composition(np.flipud)
def flipud(m: Any) -> Any:
    return np.flip(m, 0)


@composition(np.rot90)
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    first, second = axes
    if k % 4 == 0:
        return np.copy(m)
    if k % 4 == 2:
        return np.flip(m, axes)
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


# --- written with other functions: joining and splitting --------------------------------------------------------------


@composition(np.concatenate)
def concatenate(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    arrays = list(arrays)
    while len(arrays) > 64:  # many pieces are joined in groups, then the groups: the gradient of each piece is cut out once
        arrays = [join(*arrays[i : i + 64], axis=axis) for i in range(0, len(arrays), 64)]
    joined = join(*arrays, axis=axis)
    return joined if dtype is None else joined.astype(dtype)


@composition(np.stack)
def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis, dtype=dtype)


@composition(np.vstack)
def vstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    return np.concatenate([np.atleast_2d(a) for a in tup], 0, dtype=dtype)


@composition(np.hstack)
def hstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    arrays = [np.atleast_1d(a) for a in tup]
    return np.concatenate(arrays, 0 if arrays[0].ndim == 1 else 1, dtype=dtype)


@composition(np.dstack)
def dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(a) for a in tup], 2)


@composition(np.column_stack)
def column_stack(tup: Any) -> Any:
    return np.concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup], 1)


@composition(np.append)
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    return np.concatenate((arr, values), axis)


@composition(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Each piece is a slice between two cuts; for a number of sections the longer ones come first."""
    axis %= ary.ndim
    n = ary.shape[axis]
    if isinstance(indices_or_sections, (int, np.integer)):
        if indices_or_sections < 1:
            raise ValueError(f"np.array_split: cannot make {indices_or_sections} sections; give 1 or more.")
        short, longer = divmod(n, int(indices_or_sections))
        cuts = [i * short + min(i, longer) for i in range(1, int(indices_or_sections))]
    else:
        cuts = list(indices_or_sections)
    return [ary[(slice(None),) * axis + (slice(a, b),)] for a, b in zip([0, *cuts], [*cuts, n])]


@composition(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if isinstance(indices_or_sections, (int, np.integer)) and ary.shape[axis] % indices_or_sections:
        raise ValueError(
            f"np.split: an axis of length {ary.shape[axis]} does not divide into {indices_or_sections} equal parts; "
            "np.array_split makes parts of unequal length."
        )
    return np.array_split(ary, indices_or_sections, axis)


@composition(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return np.split(ary, indices_or_sections, 0)


@composition(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return np.split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


@composition(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return np.split(ary, indices_or_sections, 2)


# --- written with other functions: repeating and padding --------------------------------------------------------------


@composition(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """Each axis gets a new axis before it, which is stretched and then merged with it."""
    reps = tuple(reps) if np.iterable(reps) else (reps,)
    shape = (1,) * (len(reps) - A.ndim) + A.shape
    reps = (1,) * (A.ndim - len(reps)) + reps
    apart = np.reshape(A, [n for size in shape for n in (1, size)])
    stretched = np.broadcast_to(apart, [n for rep, size in zip(reps, shape) for n in (rep, size)])
    return np.reshape(stretched, [rep * size for rep, size in zip(reps, shape)])


@composition(np.repeat)
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take(a, np.repeat(np.arange(a.shape[axis]), repeats), axis=axis)


@composition(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Constant: the array is put into a frame. Otherwise NumPy pads the positions, and elements are taken from there."""
    if mode == "constant":
        frame = np.pad(np.zeros_like(without_tensors(array)), pad_width, mode, **keywords)
        starts = [before for before, _ in pad_widths(pad_width, array.ndim)]
        return put(frame, array, tuple(slice(start, start + n) for start, n in zip(starts, array.shape)))
    if mode not in ("edge", "reflect", "wrap", "symmetric") or keywords.get("reflect_type", "even") != "even":
        raise TypeError(
            f"np.pad(..., mode={mode!r}) has no derivative rule on a Tensor; the modes constant, edge, reflect, symmetric "
            "and wrap have."
        )
    for axis, widths in enumerate(pad_widths(pad_width, array.ndim)):
        array = np.take(array, np.pad(np.arange(array.shape[axis]), widths, mode), axis=axis)
    return array


def pad_widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """(before, after) for each axis, from any of the forms in which NumPy takes them."""
    if isinstance(pad_width, dict):
        pairs: list[Any] = [0] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = width
        return [tuple(np.broadcast_to(width, 2).tolist()) for width in pairs]
    return [tuple(pair) for pair in np.broadcast_to(pad_width, (ndim, 2)).tolist()]


# --- diagonals --------------------------------------------------------------------------------------------------------


@composition(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    along = np.arange(max(0, min(a.shape[-2] + min(offset, 0), a.shape[-1] - max(offset, 0))))
    return a[..., along - min(offset, 0), along + max(offset, 0)]


@composition(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@composition(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    if v.ndim != 1:
        return np.diagonal(v, k)
    above, below = max(k, 0), max(-k, 0)
    return np.pad(np.where(np.eye(len(v), dtype=bool), v, 0), ((below, above), (above, below)))


# --- arrays to write into ---------------------------------------------------------------------------------------------

CONSTANT.update((np.zeros_like, np.ones_like, np.empty_like))


@composition(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None) -> Any:
    shape = np.shape(a) if shape is None else tuple(np.atleast_1d(shape))
    filled = np.broadcast_to(fill_value, shape) if np.ndim(fill_value) else fill_value * np.ones_like(a, shape=shape)
    return filled.astype(a.dtype if dtype is None else dtype)


# --- no derivative ----------------------------------------------------------------------------------------------------

PLAIN.update((
    np.result_type, np.shares_memory, np.may_share_memory,
))  # fmt: skip
