"""Derivatives of the functions that move numbers to other places without changing them.

In the backward pass, the gradients are moved back: transposed back, split if numbers were joined, summed if they were
repeated. Most of these functions are written with a few others (reshape, transpose, broadcast_to, join, indexing); only those
few have rules.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..autograd import unbroadcast
from ..operands import holds_tensor
from ..protocols.calling import CONSTANT, GIVEN_AS, PLAIN, on_arrays
from ..protocols.compositions import Array, Arrays, array_of, composition, without_tensors
from ..protocols.primitives import put
from ..protocols.writing import READ_ONLY, on_its_own, protected
from ..registry import derivative, primitive
from .reductions import repeat_number

# --- the table --------------------------------------------------------------------------------------------------------


@primitive
def join(*arrays: Any, axis: Any = 0) -> Any:
    """Several arrays one after the other along `axis`: np.concatenate with the arrays as arguments."""
    return np.concatenate(arrays, axis=axis)


def stretched(array: Any, shape: Any) -> Any:
    """np.broadcast_to; a single number in a fraction of its time."""
    if isinstance(array, np.floating) and shape.__class__ is tuple and min(shape, default=0) > 0:
        return repeat_number(array, shape)
    return np.broadcast_to(array, shape)


# fmt: off
derivative(np.reshape,      a=lambda g, shape, order: np.reshape(g, shape, **order_of(order)),
           signature="a, shape, order='C'", run=lambda a, shape, order="C": a.reshape(shape, **order_of(order)))
derivative(np.transpose,    a=lambda g, axes: np.transpose(g, axes if axes is None else inverse(np.mod(axes, g.ndim))))
derivative(np.swapaxes,     a=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2))
derivative(np.moveaxis,     a=lambda g, source, destination: np.moveaxis(g, destination, source))
derivative(np.squeeze,      a=lambda g, shape: np.reshape(g, shape),                  ignore=["axis"])
derivative(np.expand_dims,  a=lambda g, shape: np.reshape(g, shape),                  ignore=["axis"])
derivative(np.broadcast_to, array=lambda g, shape: unbroadcast(g, shape),             ignore=["shape"],
           run=stretched)
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


def along(a: Any, axis: int, start: int | None, stop: int | None) -> Any:
    """The slice start:stop of one axis."""
    return a[(slice(None),) * (axis % a.ndim) + (slice(start, stop),)]


def cast(x: Any, dtype: Any) -> Any:
    """`x` in this dtype; without a call if it has it already. Complex numbers are refused, not cut."""
    if x.dtype.kind == "c":
        raise messages.not_an_operand(x, x.dtype)
    return x if x.dtype == dtype else x.astype(dtype)


# --- written with other functions: axes -------------------------------------------------------------------------------


@composition(np.ravel)
def ravel(a: Array, order: Any = "C") -> Any:
    """A view where the elements lie in this order in memory, else a copy, as NumPy decides."""
    data = without_tensors(a)
    if order in ("K", "k"):  # as they lie in memory, so the axes with the longest strides come first
        strides = np.abs(getattr(data, "strides", np.arange(np.ndim(a), 0, -1)))
        flat = np.reshape(np.transpose(a, np.argsort(-strides, kind="stable").tolist()), -1)
    else:
        flat = np.reshape(a, -1, order=order)
    if isinstance(data, np.ndarray) and not np.may_share_memory(np.ravel(data, order), data):
        return on_its_own(flat)
    return flat


@composition(np.rollaxis)
def rollaxis(a: Array, axis: int, start: int = 0) -> Any:
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


composition(np.atleast_1d)(lambda *arrays: at_least(arrays, lambda shape: shape or (1,)))
composition(np.atleast_2d)(lambda *arrays: at_least(arrays, lambda shape: (1,) * (2 - len(shape)) + shape))


@composition(np.atleast_3d)
def atleast_3d(*arrays: Array) -> Any:
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
def broadcast_arrays(*arrays: Array, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return several([np.broadcast_to(a, shape) for a in arrays])


composition(np.fliplr)(lambda m: np.flip(m, 1))
composition(np.flipud)(lambda m: np.flip(m, 0))


@composition(np.rot90)
def rot90(m: Array, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    first, second = axes
    if k % 4 == 0:
        return m[:]
    if k % 4 == 2:
        return np.flip(m, axes)
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


# --- written with other functions: joining and splitting --------------------------------------------------------------


@composition(np.concatenate)
def concatenate(arrays: Arrays, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    arrays = list(arrays)
    while len(arrays) > 64:  # many pieces are joined in groups, then the groups: the gradient of each piece is cut out once
        arrays = [join(*arrays[i : i + 64], axis=axis) for i in range(0, len(arrays), 64)]
    joined = join(*arrays, axis=axis)
    return joined if dtype is None else cast(joined, dtype)


@composition(np.stack)
def stack(arrays: Arrays, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis, dtype=dtype)


@composition(np.vstack)
def vstack(tup: Arrays, *, dtype: Any = None, casting: Any = None) -> Any:
    return np.concatenate([np.atleast_2d(a) for a in tup], 0, dtype=dtype)


@composition(np.hstack)
def hstack(tup: Arrays, *, dtype: Any = None, casting: Any = None) -> Any:
    arrays = [np.atleast_1d(a) for a in tup]
    return np.concatenate(arrays, 0 if arrays[0].ndim == 1 else 1, dtype=dtype)


@composition(np.dstack)
def dstack(tup: Arrays) -> Any:
    return np.concatenate([np.atleast_3d(a) for a in tup], 2)


@composition(np.column_stack)
def column_stack(tup: Arrays) -> Any:
    return np.concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup], 1)


composition(np.append)(lambda arr, values, axis=None: np.concatenate((arr, values), axis))


@composition(np.block)
def block(arrays: Any) -> Any:
    """The innermost lists are joined along the last axis, those around them along the one before, and so on."""
    depth = depth_of(arrays)
    return on_its_own(joined_block(arrays, depth, max(depth, widest(arrays))))


def depth_of(arrays: Any) -> int:
    """How many lists are around an array."""
    return 1 + depth_of(arrays[0]) if isinstance(arrays, list) else 0


def widest(arrays: Any) -> int:
    """The most axes that an array in the lists has."""
    return max(map(widest, arrays)) if isinstance(arrays, list) else np.ndim(arrays)


def joined_block(arrays: Any, depth: int, ndim: int) -> Any:
    """A block that is inside of as many lists as are left of all; its arrays have `ndim` axes."""
    if depth == 0:
        return np.reshape(arrays, (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays))
    return np.concatenate([joined_block(part, depth - 1, ndim) for part in arrays], axis=-depth)


@composition(np.array_split)
def array_split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Each piece is a slice between two cuts; for a number of sections the longer ones come first."""
    axis %= ary.ndim
    n = ary.shape[axis]
    if np.ndim(indices_or_sections) == 0:
        if indices_or_sections < 1:
            raise messages.no_sections(indices_or_sections)
        short, longer = divmod(n, int(indices_or_sections))
        cuts = [i * short + min(i, longer) for i in range(1, int(indices_or_sections))]
    else:
        cuts = list(indices_or_sections)
    return [ary[(slice(None),) * axis + (slice(a, b),)] for a, b in zip([0, *cuts], [*cuts, n])]


@composition(np.split)
def split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if np.ndim(indices_or_sections) == 0 and ary.shape[axis] % indices_or_sections:
        raise messages.unequal_parts(ary.shape[axis], indices_or_sections)
    return np.array_split(ary, indices_or_sections, axis)


# where to cut is no array, so it has a default; NumPy, which is asked first, refuses a call without it
composition(np.vsplit)(lambda ary, indices_or_sections=None: np.split(ary, indices_or_sections, 0))
composition(np.hsplit)(lambda ary, indices_or_sections=None: np.split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1))
composition(np.dsplit)(lambda ary, indices_or_sections=None: np.split(ary, indices_or_sections, 2))
composition(vars(np).get("unstack"))(lambda x, /, *, axis=0: tuple(np.moveaxis(x, axis, 0)))  # since NumPy 2.1


# --- written with other functions: repeating and padding --------------------------------------------------------------


@composition(np.tile)
def tile(A: Array, reps: Any) -> Any:
    """Each axis gets a new axis before it, which is stretched and then merged with it."""
    reps = tuple(reps) if np.iterable(reps) else (reps,)
    shape = (1,) * (len(reps) - A.ndim) + A.shape
    reps = (1,) * (A.ndim - len(reps)) + reps
    apart = np.reshape(A, [n for size in shape for n in (1, size)])
    stretched = np.broadcast_to(apart, [n for rep, size in zip(reps, shape) for n in (rep, size)])
    return on_its_own(np.reshape(stretched, [rep * size for rep, size in zip(reps, shape)]))


@composition(np.repeat)
def repeat(a: Array, repeats: Any, axis: Any = None) -> Any:
    if axis is None or not a.ndim:
        a, axis = np.ravel(a), 0
    return np.take(a, np.repeat(np.arange(a.shape[axis]), repeats), axis=axis)


@composition(np.resize)
def resize(a: Array, new_shape: Any) -> Any:
    """The elements again and again, until there are enough."""
    positions = np.resize(np.arange(a.size), new_shape)
    return np.ravel(a)[positions] if a.size else np.zeros_like(without_tensors(a), shape=positions.shape)


@composition(np.delete)
def delete(arr: Array, obj: Any, axis: Any = None) -> Any:
    """NumPy deletes the positions, and the elements at those that remain are taken."""
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, axis)
    return np.take(arr, np.delete(np.arange(arr.shape[axis]), without_tensors(obj)), axis=axis)


@composition(np.insert)
def insert(arr: Array, obj: Any, values: Array, axis: Any = None) -> Any:
    """NumPy inserts positions that come after the others, and the elements are taken from both arrays joined."""
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, axis % arr.ndim)
    obj, n = without_tensors(obj), arr.shape[axis]
    places = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj)
    count = int(np.count_nonzero(places)) if places.dtype == bool else places.size
    values = np.reshape(values, (1,) * (arr.ndim - np.ndim(values)) + np.shape(values))
    if count == 1:  # any number of values at one place
        values = np.moveaxis(values, 0, axis) if places.ndim == 0 else values
        count = values.shape[axis]
    values = cast(np.broadcast_to(values, (*arr.shape[:axis], count, *arr.shape[axis + 1 :])), arr.dtype)
    return np.take(np.concatenate([arr, values], axis), np.insert(np.arange(n), obj, np.arange(n, n + count)), axis=axis)


@composition(np.trim_zeros)
def trim_zeros(filt: Array, trim: Any = "fb", axis: Any = None) -> Any:
    """The slice from the first to the last element that is not 0, along each axis."""
    axes = range(filt.ndim) if axis is None else [i % filt.ndim for i in np.atleast_1d(axis)]
    places = on_arrays(np.nonzero, filt) if filt.ndim else ()
    index = [slice(None)] * filt.ndim
    for i in axes:
        front = int(places[i].min()) if "f" in trim.lower() and len(places[i]) else None
        back = int(places[i].max()) + 1 if "b" in trim.lower() and len(places[i]) else None
        index[i] = slice(front, back) if len(places[i]) else slice(0, 0)
    return filt[tuple(index)]


@composition(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Array, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """The elements of each window are taken, along one axis after the other; the axes of the window come last."""
    sizes = np.atleast_1d(window_shape).tolist()
    axes = range(x.ndim) if axis is None else [i % x.ndim for i in np.atleast_1d(axis)]
    taken = x
    for i, size in zip(axes, sizes):
        windows = np.arange(taken.shape[i] - size + 1)[:, None] + np.arange(size)
        taken = np.moveaxis(np.take(taken, windows, axis=i), i + 1, -1)
    return protected(taken, np.lib.stride_tricks.sliding_window_view, x, window_shape, axis)


def refuse_memory(tensor: Any, _: Any) -> Any:
    """What np.lib.stride_tricks.as_strided gets."""
    raise messages.looks_at_memory(tensor)


GIVEN_AS[np.lib.stride_tricks.as_strided.__code__] = refuse_memory


@composition(vars(np).get("astype"))  # since NumPy 2.1
def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    return x.astype(dtype) if copy or x.dtype != dtype else x


@composition(np.pad)
def pad(array: Array, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Constant: the array is put into a frame. Copies of elements: NumPy pads the positions, and they are taken from there.

    All other modes add, axis by axis, a piece before and one after that is computed from the array.
    """
    widths = pad_widths(pad_width, array.ndim)
    if mode == "constant" and not holds_tensor(keywords.get("constant_values", 0)):
        frame = np.pad(np.zeros_like(without_tensors(array)), pad_width, mode, **keywords)
        return put(frame, array, tuple(slice(start, start + n) for (start, _), n in zip(widths, array.shape)))
    even = keywords.get("reflect_type", "even") != "odd"
    for axis, (before, after) in enumerate(widths):
        n = array.shape[axis]
        if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and even):
            array = np.take(array, np.pad(np.arange(n), (before, after), mode), axis=axis)
        elif mode in ("reflect", "symmetric"):
            array = reflected(array, before, after, axis, mode)
        elif mode == "empty" or callable(mode):
            raise messages.no_pad(mode)
        else:
            pieces = [PADS[mode](array, width, axis, side, keywords) for side, width in enumerate((before, after))]
            array = np.concatenate([pieces[0], array, pieces[1]], axis=axis)
    return array


def repeated(piece: Any, width: int, axis: int) -> Any:
    """One slice as a piece of some width."""
    return np.broadcast_to(piece, (*piece.shape[:axis], width, *piece.shape[axis + 1 :]))


def for_side(value: Any, axis: int, side: int, ndim: int) -> Any:
    """What a keyword such as `constant_values` says for one side of one axis; it may hold Tensors."""
    return np.broadcast_to(array_of(value), (ndim, 2))[axis, side]


def constant_piece(array: Any, width: int, axis: int, side: int, keywords: Any) -> Any:
    value = for_side(keywords.get("constant_values", 0), axis, side, array.ndim)
    return np.broadcast_to(cast(value, array.dtype), (*array.shape[:axis], width, *array.shape[axis + 1 :]))


def ramp_piece(array: Any, width: int, axis: int, side: int, keywords: Any) -> Any:
    """Evenly spaced from the end value up to the edge."""
    end = for_side(keywords.get("end_values", 0), axis, side, array.ndim)
    edge = along(array, axis, -1, None) if side else along(array, axis, 0, 1)
    ramp = np.linspace(end, np.squeeze(edge, axis), width, endpoint=False, axis=axis)
    ramp = np.floor(ramp) if array.dtype.kind in "iu" else ramp
    return cast(np.flip(ramp, axis) if side else ramp, array.dtype)


def statistic_piece(function: Any) -> Any:
    """The mean, or another statistic, of the elements next to that side, or of all."""

    def piece_of(array: Any, width: int, axis: int, side: int, keywords: Any) -> Any:
        length = keywords.get("stat_length")
        n = array.shape[axis] if length is None else int(min(for_side(length, axis, side, array.ndim), array.shape[axis]))
        some = along(array, axis, array.shape[axis] - n, None) if side else along(array, axis, 0, n)
        statistic = function(some, axis=axis, keepdims=True)
        return repeated(cast(np.rint(statistic) if array.dtype.kind in "iu" else statistic, array.dtype), width, axis)

    return piece_of


PADS = {"constant": constant_piece, "linear_ramp": ramp_piece} | {
    name: statistic_piece(function)
    for name, function in (("mean", np.mean), ("median", np.median), ("maximum", np.max), ("minimum", np.min))
}


def reflected(array: Any, before: int, after: int, axis: int, mode: str) -> Any:
    """Mirrored at the edge point, not only the edge: 2 · edge - x. Where that is too short, it is mirrored again."""
    skip = 1 if mode == "reflect" else 0  # whether the edge itself is left out
    if array.shape[axis] == 1 and skip:
        return np.take(array, np.zeros(before + 1 + after, int), axis=axis)
    while before or after:
        n = array.shape[axis]
        left, right = min(before, n - skip), min(after, n - skip)
        first = 2 * along(array, axis, 0, 1) - np.flip(along(array, axis, skip, skip + left), axis)
        last = 2 * along(array, axis, -1, None) - np.flip(along(array, axis, n - skip - right, n - skip), axis)
        array = np.concatenate([first, array, last], axis=axis)
        before, after = before - left, after - right
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
def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    moved = np.moveaxis(a, (axis1, axis2), (-2, -1))
    along = np.arange(max(0, min(moved.shape[-2] + min(offset, 0), moved.shape[-1] - max(offset, 0))))
    return protected(moved[..., along - min(offset, 0), along + max(offset, 0)], np.diagonal, a, offset, axis1, axis2)


READ_ONLY.update((np.diagonal, np.lib.stride_tricks.sliding_window_view))


@composition(np.trace)
def trace(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@composition(np.diag)
def diag(v: Array, k: int = 0) -> Any:
    if v.ndim != 1:
        return np.diagonal(v, k)
    above, below = max(k, 0), max(-k, 0)
    return np.pad(np.where(np.eye(len(v), dtype=bool), v, 0), ((below, above), (above, below)))


composition(np.diagflat)(lambda v, k=0: np.diag(np.ravel(v), k))


# --- arrays to write into ---------------------------------------------------------------------------------------------

CONSTANT.update((np.zeros_like, np.ones_like, np.empty_like))


@composition(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None) -> Any:
    filled = fill_value * (np.ones_like(a) if shape is None else np.ones_like(a, shape=shape))
    return cast(filled, np.dtype(a.dtype if dtype is None else dtype))


# --- no derivative ----------------------------------------------------------------------------------------------------

PLAIN.update((
    np.result_type, np.shares_memory, np.may_share_memory, np.can_cast, np.common_type, np.min_scalar_type, np.einsum_path,
))  # fmt: skip
