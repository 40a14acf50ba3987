"""The ONNX counterpart of each function: one operator, or a formula of several.

Flows in: the arguments of a call, with a `Value` for each array. Flows out: the `Value` of the result. A function that is not
here, and is not written with others that are, has no counterpart. Those of single numbers are in `formulas.py`.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...containers import parts_of
from ...protocols.primitives import astype, put
from ...rules.decompositions import power_norm
from ...rules.fft import dft
from ...rules.indexing import clip, scatter
from ...rules.linalg import contract
from ...rules.nets.entropy import class_targets, counted, cross_entropy_of_classes, cross_entropy_of_targets
from ...rules.nets.linear import linear
from ...rules.nets.normalization import standardize
from ...rules.reductions import axes_of, count, euclidean_norm, log_softmax, logsumexp, softmax
from ...rules.shapes import join
from .formulas import FORMULAS, square
from .values import Value, Writer


class Target(NamedTuple):
    """What a call is to give: the shape and the dtype of its result, and the model in which it is written."""

    writer: Writer
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def value(self, x: Any, dtype: Any = None) -> Value:
        """An argument as a value: a number or an array is a constant."""
        if isinstance(x, Value):
            return x if dtype is None else x.cast(dtype)
        return self.writer.constant(np.asarray(x) if dtype is None else np.asarray(x).astype(dtype))


TABLE: dict[Any, Callable[..., Any]] = {}
OF_SCIPY: dict[str, Callable[..., Value]] = {}  # SciPy's ufuncs by name, as SciPy may not be installed
OPENED = {  # primitives that become the calls inside them
    f: inspect.unwrap(f)
    for f in (
        euclidean_norm, power_norm, linear, standardize, cross_entropy_of_classes, cross_entropy_of_targets, class_targets,
        counted,
    )
}  # fmt: skip


def element_by_element(function: Any, formula: Callable[..., Value]) -> None:
    """A function of numbers; all arguments have the dtype of the result."""

    def written(to: Target, *args: Any, **keywords: Any) -> Value:
        if not keywords.keys() <= {"order", "subok", "tol"}:  # which say nothing of the numbers
            raise TypeError  # a keyword that makes it another function
        return formula(*(to.value(x, wide(to.dtype)) for x in args))

    if isinstance(function, str):
        OF_SCIPY[function] = written
    else:
        TABLE[function] = written


for function, formula in FORMULAS.items():
    element_by_element(function, formula)


def counterpart(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say how functions are written in ONNX that have other arguments besides arrays."""

    def register(written: Callable[..., Any]) -> Callable[..., Any]:
        TABLE.update(dict.fromkeys(functions, written))
        return written

    return register


# --- truth values -----------------------------------------------------------------------------------------------------


def common(to: Target, *args: Any) -> list[Value]:
    """Arguments in the dtype in which NumPy compares them. Truth values are compared as whole numbers."""
    kinds = [x.dtype if isinstance(x, Value) else np.asarray(x).dtype if np.ndim(x) else x for x in args]
    return [to.value(x, wide(np.result_type(*kinds))) for x in args]


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype to compute in: for truth values and short whole numbers, onnxruntime has few operators."""
    return np.dtype(np.int64) if dtype.kind in "biu" and dtype != np.int32 else dtype


def comparison(kind: str) -> Callable[..., Value]:
    def written(to: Target, *args: Any) -> Value:
        first, second = common(to, *args)
        return first.each(kind, second, dtype=bool)

    return written


for function, kind in (
    (np.equal, "Equal"), (np.less, "Less"), (np.less_equal, "LessOrEqual"), (np.greater, "Greater"),
    (np.greater_equal, "GreaterOrEqual"),
):  # fmt: skip
    TABLE[function] = comparison(kind)
TABLE[np.not_equal] = lambda to, x, y: ~TABLE[np.equal](to, x, y)


def of_truth_values(kind: str, of_bits: bool) -> Callable[..., Value]:
    """The functions of truth values; and those of bits, but only of one bit."""

    def written(to: Target, *args: Any) -> Value:
        if of_bits and to.dtype != bool:
            raise TypeError  # bits of whole numbers
        return to.value(args[0], bool).each(kind, *(to.value(x, bool) for x in args[1:]))

    return written


for kind, function, of_bits in (
    ("And", np.logical_and, np.bitwise_and), ("Or", np.logical_or, np.bitwise_or), ("Xor", np.logical_xor, np.bitwise_xor),
    ("Not", np.logical_not, np.invert),
):  # fmt: skip
    TABLE[function], TABLE[of_bits] = of_truth_values(kind, False), of_truth_values(kind, True)


def infinite(x: Value, positive: bool = True, negative: bool = True) -> Value:
    if x.dtype.kind != "f":
        return x.writer.constant(np.zeros(x.shape, bool))
    return x.each("IsInf", dtype=bool, detect_positive=int(positive), detect_negative=int(negative))


TABLE[np.isnan] = lambda to, x: to.value(x).is_nan()
TABLE[np.isinf] = lambda to, x: infinite(to.value(x))
TABLE[np.isposinf] = lambda to, x: infinite(to.value(x), negative=False)
TABLE[np.isneginf] = lambda to, x: infinite(to.value(x), positive=False)
TABLE[np.isfinite] = lambda to, x: ~(infinite(to.value(x)) | to.value(x).is_nan())
TABLE[np.signbit] = lambda to, x: to.value(x).is_negative()


TABLE[np.where] = lambda to, condition, x, y: to.value(condition, bool).where(to.value(x, to.dtype), to.value(y, to.dtype))
TABLE[clip] = lambda to, x, low, high: (
    to.value(x, to.dtype).maximum(to.value(low, to.dtype)).minimum(to.value(high, to.dtype))
)
TABLE[astype] = lambda to, x, dtype: to.value(x, to.dtype)


@counterpart(np.nan_to_num)
def nan_to_num(to: Target, x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Value:
    x, limits = to.value(x), np.finfo(to.dtype)
    high, low = limits.max if posinf is None else posinf, limits.min if neginf is None else neginf
    x = infinite(x, negative=False).where(x.like(high), infinite(x, positive=False).where(x.like(low), x))
    return x.is_nan().where(x.like(nan), x)


@counterpart(np.round, np.around)
def round_to(to: Target, a: Any, decimals: int = 0) -> Value:
    """As NumPy does it: in units of 10⁻ⁿ."""
    x = to.value(a)
    unit = 10.0 ** abs(decimals)
    if not decimals:
        return x.each("Round")
    return (x * unit).each("Round") / unit if decimals > 0 else (x / unit).each("Round") * unit


# --- reductions -------------------------------------------------------------------------------------------------------


def reduction(kind: str) -> Callable[..., Value]:
    return lambda to, a, axis=None, keepdims=False, dtype=None: to.value(a, to.dtype).reduce(kind, axis, keepdims)


for functions, kind in (
    ((np.sum,), "ReduceSum"), ((np.mean,), "ReduceMean"), ((np.prod,), "ReduceProd"), ((np.max, np.amax), "ReduceMax"),
    ((np.min, np.amin), "ReduceMin"), ((logsumexp,), "ReduceLogSumExp"),
):  # fmt: skip
    counterpart(*functions)(reduction(kind))


@counterpart(np.nansum)
def nansum(to: Target, a: Any, axis: Any = None, keepdims: Any = False, dtype: Any = None) -> Value:
    x = to.value(a)
    return TABLE[np.sum](to, x.is_nan().where(x.like(0), x), axis, keepdims)


@counterpart(np.var)
def var(to: Target, a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, dtype: Any = None) -> Value:
    x = to.value(a, to.dtype)
    away = x - x.reduce("ReduceMean", axis, True)
    return square(away).reduce("ReduceSum", axis, keepdims) / max(count(x.shape, axis) - ddof, 0)


TABLE[np.std] = lambda *args, **keywords: var(*args, **keywords).sqrt()


def counting(kind: str, dtype: Any) -> Callable[..., Value]:
    """Of ones and zeros: how many there are is their sum, any is a sum that is not 0, all a product that is not 0."""
    return lambda to, a, axis=None, keepdims=False: to.value(a, bool).cast(np.int64).reduce(kind, axis, keepdims).cast(dtype)


TABLE[np.any], TABLE[np.all] = counting("ReduceSum", bool), counting("ReduceProd", bool)
TABLE[np.count_nonzero] = counting("ReduceSum", np.int64)


def extreme_place(kind: str) -> Callable[..., Value]:
    def written(to: Target, a: Any, axis: Any = None, keepdims: Any = False) -> Value:
        x, axis = to.value(a).along(axis)
        shape = x.shape[:axis] + x.shape[axis + 1 :]
        return x.moved(kind, shape, dtype=np.int64, axis=axis, keepdims=0).reshape(to.shape)

    return written


TABLE[np.argmax], TABLE[np.argmin] = extreme_place("ArgMax"), extreme_place("ArgMin")


@counterpart(np.argsort)
def argsort(to: Target, a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Value:
    """ONNX sorts by taking the k largest, or smallest, for the largest k there is; the first of equal ones comes first."""
    x, axis = to.value(a).along(axis)
    if 0 in x.shape:  # with which some versions of onnxruntime crash, as in einsum
        return x.writer.constant(np.zeros(x.shape, np.int64))
    return x.moved("TopK", x.shape, [x.shape[axis]], dtype=np.int64, output=1, axis=axis, largest=0, sorted=1)


TABLE[softmax] = lambda to, x, axis=-1: to.value(x).each("Softmax", axis=axis)
TABLE[log_softmax] = lambda to, x, axis=-1: to.value(x).each("LogSoftmax", axis=axis)


@counterpart(np.cumsum)
def cumsum(to: Target, a: Any, axis: Any = None, dtype: Any = None) -> Value:
    x, axis = to.value(a, to.dtype).reshape(to.shape).along(axis or 0)
    return x.moved("CumSum", to.shape, axis)


@counterpart(np.cumprod)
def cumprod(to: Target, a: Any, axis: Any = None, dtype: Any = None) -> Value:
    """Of n numbers n copies, with 1 in the place of those that come later; and the product of each copy."""
    x, axis = to.value(a, to.dtype).reshape(to.shape).along(axis or 0)
    last = x.transpose([i for i in range(x.ndim) if i != axis] + [axis])
    n = x.shape[axis]
    copies = last.reshape((*last.shape[:-1], 1, n))
    products = x.writer.constant(np.tri(n, dtype=bool)).where(copies, x.like(1)).reduce("ReduceProd", -1)
    order = list(range(last.ndim - 1))
    return products.transpose([*order[:axis], last.ndim - 1, *order[axis:]])


# --- shapes -----------------------------------------------------------------------------------------------------------


@counterpart(np.roll)
def roll(to: Target, a: Any, *args: Any, **keywords: Any) -> Value:
    """NumPy rolls the places, which says where each element comes from."""
    x = to.value(a)
    return x.flat().take(np.roll(np.arange(math.prod(x.shape)).reshape(x.shape), *args, **keywords))


@counterpart(np.reshape)
def reshape(to: Target, a: Any, shape: Any = None, order: str = "C", **_: Any) -> Value:
    """By columns it is the reshape by rows between two transposes."""
    x = to.value(a)
    if order not in ("C", "F"):
        raise TypeError  # how the array lies in memory, ONNX does not say
    if order == "C":
        return x.reshape(to.shape)
    turned = x.transpose(range(x.ndim)[::-1]).reshape(to.shape[::-1])
    return turned.transpose(range(len(to.shape))[::-1])


def permuting(function: Any) -> Callable[..., Value]:
    """A function that permutes the axes: NumPy says how."""

    def written(to: Target, a: Any, *args: Any, **keywords: Any) -> Value:
        x = to.value(a)
        numbered = np.broadcast_to(0, range(2, 2 + x.ndim))  # each axis has another length, which says where it went
        return x.transpose([n - 2 for n in function(numbered, *args, **keywords).shape])

    return written


for function in (np.transpose, np.swapaxes, np.moveaxis):
    TABLE[function] = permuting(function)


@counterpart(np.flip)
def flip(to: Target, m: Any, axis: Any = None) -> Value:
    x = to.value(m)
    axes = axes_of(axis, x.ndim)
    return simple_index(x, tuple(slice(None, None, -1 if i in axes else None) for i in range(x.ndim))) or x


TABLE[np.squeeze] = TABLE[np.expand_dims] = lambda to, a, axis=None: to.value(a).reshape(to.shape)
TABLE[np.broadcast_to] = lambda to, array, *args, **_: to.value(array).expand(to.shape)


@counterpart(join)
def concatenate(to: Target, *arrays: Any, axis: Any = 0) -> Value:
    parts = [to.value(x, to.dtype) for x in arrays]
    if axis is None:
        parts, axis = [x.flat() for x in parts], 0
    return to.writer.node("Concat", parts, to.dtype, to.shape, axis=axis)


def triangle(upper: int) -> Callable[..., Value]:
    """Of a row NumPy makes a matrix."""
    return lambda to, m, k=0: to.value(m).expand(to.shape).moved("Trilu", to.shape, k, upper=upper)


TABLE[np.tril], TABLE[np.triu] = triangle(0), triangle(1)


def filled_with(number: Any) -> Callable[..., Value]:
    return lambda to, a, *args, **_: to.value(number, to.dtype).expand(to.shape)


TABLE[np.zeros_like], TABLE[np.ones_like], TABLE[np.empty_like] = filled_with(0), filled_with(1), filled_with(0)
TABLE[np.full_like] = lambda to, a, fill_value, *args, **_: to.value(fill_value, to.dtype).expand(to.shape)

# --- elements -----------------------------------------------------------------------------------------------------------


def is_mask(index: Any) -> bool:
    return isinstance(index, Value) and index.dtype == bool


def places(to: Target, shape: tuple[int, ...], index: Any) -> Any:
    """Where in an array, written in one row, the elements at an index are: an array, or a value if the index is computed.

    A computed index is replaced by other numbers, and NumPy applies that: 0, which gives the place as far as the rest of the
    index says it, and 0, 1, 2, …, which say which of its numbers counts where.
    """
    parts = parts_of(index)
    computed = {i: part for i, part in enumerate(parts) if isinstance(part, Value)}
    steps = np.arange(math.prod(shape)).reshape(shape)
    asked: list[Any] = [np.zeros(part.shape, int) if i in computed else part for i, part in enumerate(parts)]
    known = steps[tuple(asked)] if computed else steps[index]
    if not computed or not known.size:
        return known
    total = None
    for i, part in computed.items():
        axis = axis_of(parts, i, len(shape))
        n, size = shape[axis], math.prod(part.shape)
        counts = np.moveaxis(np.broadcast_to(np.arange(size), (*shape[:axis], *shape[axis + 1 :], size)), -1, axis)
        asked_of = (*asked[:i], np.arange(size).reshape(part.shape), *asked[i + 1 :])
        which = counts[asked_of]
        numbers = part.cast(np.int64).each("Mod", n).reshape((size,)).take(which)  # -1 is the last one
        step = numbers * math.prod(shape[axis + 1 :])
        total = step if total is None else total + step
    return total + known if np.any(known) else total


def axis_of(parts: Sequence[Any], i: int, ndim: int) -> int:
    """Which axis a part of an index is about."""
    taken = [0 if p is None else 1 if not isinstance(p, (list, np.ndarray)) or np.asarray(p).dtype != bool else np.ndim(p)
             for p in parts if p is not Ellipsis]  # fmt: skip
    dots = next((k for k, p in enumerate(parts) if p is Ellipsis), None)
    if dots is None or i < dots:
        return sum(taken[:i])
    return ndim - sum(taken[i - 1 :])


def as_row(x: Any) -> Any:
    """The places in one row."""
    return x.flat() if isinstance(x, Value) else np.ravel(x)


@counterpart(operator.getitem)
def getitem(to: Target, x: Any, index: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return x[index]  # one of several results
    x = to.value(x)
    if is_mask(index):
        return x.moved("GatherND", to.shape, chosen_by(index))
    return simple_index(x, index) or x.flat().take(places(to, x.shape, index))


def chosen_by(mask: Value) -> Value:
    """The places where a mask is true, each a row of whole numbers."""
    return mask.moved("NonZero", (mask.ndim, 0), dtype=np.int64).transpose([1, 0])


def simple_index(x: Value, index: Any) -> Value | None:
    """Slices are a Slice, and one number or array of numbers is a Gather, along an axis."""
    parts = list(parts_of(index))
    if any(part is None or is_mask(part) or isinstance(part, bool) for part in parts) or not parts or 0 in x.shape:
        return None
    for at in [i for i, part in enumerate(parts) if part is Ellipsis]:
        parts[at : at + 1] = [slice(None)] * (x.ndim - len(parts) + 1)
    others = [(i, part) for i, part in enumerate(parts) if not isinstance(part, slice)]
    slices = [
        (i, *part.indices(x.shape[i])) for i, part in enumerate(parts) if isinstance(part, slice) and part != slice(None)
    ]
    if not others and slices:
        axes, starts, stops, steps = zip(*slices)
        shape = [len(range(*part.indices(n))) for part, n in zip(parts, x.shape)] + list(x.shape[len(parts) :])
        if 0 in shape:
            return None
        stops = tuple(-x.shape[i] - 1 if stop < 0 else stop for i, stop in zip(axes, stops))
        return x.moved("Slice", shape, starts, stops, axes, steps)
    if len(others) == 1 and not slices:
        [(axis, part)] = others
        if isinstance(part, Value) or np.asarray(part).dtype.kind in "iu":
            return x.take(part.cast(np.int64) if isinstance(part, Value) else np.asarray(part, np.int64), axis)
    return None


def zeros(to: Target, shape: Sequence[int]) -> Value:
    return to.value(0, to.dtype).expand(shape)


@counterpart(scatter)
def scatter_of(to: Target, value: Any, index: Any = None, shape: Any = None) -> Value:
    value = to.value(value)
    if is_mask(index):
        return zeros(to, to.shape).moved("ScatterND", to.shape, chosen_by(index), value, reduction="add")
    at = as_row(places(to, to.shape, index))
    row = zeros(to, (math.prod(to.shape),))
    return row.moved("ScatterElements", row.shape, at, as_row(value), reduction="add").reshape(to.shape)


@counterpart(put)
def put_of(to: Target, x: Any, value: Any, index: Any = None) -> Value:
    """Where an index names a place twice, the last value stays there; ONNX leaves that open, so the others are left out."""
    x, value = to.value(x, to.dtype), to.value(value, to.dtype)
    if is_mask(index):
        if math.prod(value.shape) == 1:
            mask = index.reshape(index.shape + (1,) * (x.ndim - index.ndim))
            return mask.where(value.reshape(()), x)
        return x.moved("ScatterND", x.shape, chosen_by(index), value)
    where = places(to, x.shape, index)
    value = value.reshape(value.shape[max(value.ndim - len(where.shape), 0) :]).expand(where.shape)
    at, value = as_row(where), as_row(value)
    if not isinstance(at, Value):
        last = {int(i): k for k, i in enumerate(at)}
        if len(last) < len(at):
            at, value = np.array(list(last)), value.take(np.array(list(last.values())))
    row = x.flat()
    return row.moved("ScatterElements", row.shape, at, value).reshape(x.shape)


@counterpart(np.take)
def take(to: Target, a: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Value:
    x, axis = to.value(a).along(axis)
    return x.take(inside(to.value(indices, np.int64), x.shape[axis], mode), axis)


def inside(at: Value, n: int, mode: str) -> Value:
    """Indices along an axis of length `n`: those outside begin again from the other end, or stop at the end."""
    return at.each("Mod", n) if mode == "wrap" else at.maximum(0).minimum(n - 1) if mode == "clip" else at


@counterpart(np.searchsorted)
def searchsorted(to: Target, a: Any, v: Any, side: str = "left") -> Value:
    """How many elements of the sorted row are smaller."""
    row, numbers = common(to, a, v)
    numbers = numbers.reshape((*numbers.shape, 1))
    smaller = row < numbers if side == "left" else row <= numbers
    return smaller.cast(np.int64).reduce("ReduceSum", -1)


@counterpart(np.digitize)
def digitize(to: Target, x: Any, bins: Any, right: bool = False) -> Value:
    """The place of a number among bounds that grow; whether they do has to be known."""
    if isinstance(bins, Value) or np.any(np.diff(bins) < 0):
        raise TypeError  # bounds that are computed, or fall
    return searchsorted(to, bins, x, "left" if right else "right")


@counterpart(np.choose)
def choose(to: Target, a: Any, choices: Any, mode: str = "raise") -> Value:
    """Which choice each element takes. The choices themselves are laid over each other by `where`."""
    if not isinstance(choices, range):
        raise TypeError  # only what the rules ask for
    return inside(to.value(a, np.int64), len(choices), mode)


# --- products -----------------------------------------------------------------------------------------------------------


TABLE[np.matmul] = lambda to, x, y: to.value(x, to.dtype).moved("MatMul", to.shape, to.value(y, to.dtype))


@counterpart(contract)
def einsum(to: Target, *operands: Any, subscripts: str, optimize: Any = False) -> Value:
    """ONNX does not broadcast axes of length 1, as NumPy does, so they are expanded before."""
    values, terms = [to.value(x, to.dtype) for x in operands], subscripts.partition("->")[0].split(",")
    lengths: dict[str, int] = {}
    for term, x in zip(terms, values):
        for letter, n in zip(term, x.shape):
            lengths[letter] = n if lengths.get(letter, 1) == 1 else lengths[letter]
    if 0 in lengths.values():
        return zeros(to, to.shape)
    values = [x.expand([lengths[letter] for letter in term]) for term, x in zip(terms, values)]
    return to.writer.node("Einsum", values, to.dtype, to.shape, equation=subscripts)


@counterpart(np.convolve)
def convolve(to: Target, a: Any, v: Any, mode: str = "full") -> Value:
    """Each result is the product of a piece of the longer row with the shorter one, reversed."""
    x, y = to.value(a, to.dtype), to.value(v, to.dtype)
    if x.shape < y.shape:
        x, y = y, x
    n, m = x.shape[0], y.shape[0]
    start = {"full": 0, "same": (m - 1) // 2, "valid": m - 1}[mode]
    edge = zeros(to, (m - 1,))
    padded = to.writer.node("Concat", [edge, x, edge], to.dtype, (n + 2 * m - 2,), axis=0)
    pieces = padded.take(start + np.arange(to.shape[0])[:, None] + np.arange(m))
    return pieces.moved("MatMul", to.shape, y.take(np.arange(m)[::-1]))


@counterpart(dft)
def dft_of(to: Target, parts: Any, axes: Any, sign: int) -> Value:
    """ONNX has the real and imaginary parts last. The transform with the other sign is that of the mirrored numbers,
    mirrored: ONNX's inverse would do, but for a factor that onnxruntime has in single precision.
    """
    z = to.value(parts)
    if 0 in z.shape:
        return z
    mirror = to.value(np.array([1.0, -1.0]), to.dtype)
    z = z.transpose([*range(1, z.ndim), 0]).reshape((1, *z.shape[1:], 2))
    z = z * mirror if sign > 0 else z
    for axis in axes:
        z = z.each("DFT", axis=int(axis) % (z.ndim - 2) + 1)
    z = z * mirror if sign > 0 else z
    z = z.reshape(z.shape[1:])
    return z.transpose([z.ndim - 1, *range(z.ndim - 1)])
