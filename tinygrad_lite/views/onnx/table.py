"""What each function is in ONNX: one operator, or a formula of several.

Flows in: the arguments of a call, with a `Value` for each array. Flows out: the `Value` of the result. A function that is not
here, and is not written with others that are, has no counterpart. Those of single numbers are in `formulas.py`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...protocols.primitives import astype, put
from ...rules.decompositions import power_norm
from ...rules.fft import dft
from ...rules.indexing import clip, scatter
from ...rules.linalg import contract
from ...rules.reductions import axes_of, euclidean_norm, log_softmax, logsumexp, softmax
from ...rules.shapes import join
from .formulas import FORMULAS, square
from .values import Value, Writer


class Call(NamedTuple):
    """The call that is being written: shape and dtype of its result."""

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


def element_by_element(function: Any, formula: Callable[..., Value]) -> None:
    """A function of numbers; all arguments have the dtype of the result."""

    def written(call: Call, *args: Any, **keywords: Any) -> Value:
        if not keywords.keys() <= {"order", "subok", "tol"}:  # which say nothing of the numbers
            raise TypeError  # a keyword that makes it another function
        return formula(*(call.value(x, wide(call.dtype)) for x in args))

    if isinstance(function, str):
        OF_SCIPY[function] = written
    else:
        TABLE[function] = written


for function, formula in FORMULAS.items():
    element_by_element(function, formula)


def counterpart(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say what functions are in ONNX that are told something besides arrays."""

    def register(written: Callable[..., Any]) -> Callable[..., Any]:
        TABLE.update(dict.fromkeys(functions, written))
        return written

    return register


# --- truth values -----------------------------------------------------------------------------------------------------


def common(call: Call, *args: Any) -> list[Value]:
    """Arguments in the dtype in which NumPy compares them. Truth values are compared as whole numbers."""
    kinds = [x.dtype if isinstance(x, Value) else np.asarray(x).dtype if np.ndim(x) else x for x in args]
    return [call.value(x, wide(np.result_type(*kinds))) for x in args]


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype to compute in: for truth values and short whole numbers, onnxruntime has few operators."""
    return np.dtype(np.int64) if dtype.kind in "biu" and dtype != np.int32 else dtype


def comparison(kind: str) -> Callable[..., Value]:
    def written(call: Call, *args: Any) -> Value:
        first, second = common(call, *args)
        return first.each(kind, second, dtype=bool)

    return written


for function, kind in (
    (np.equal, "Equal"), (np.less, "Less"), (np.less_equal, "LessOrEqual"), (np.greater, "Greater"),
    (np.greater_equal, "GreaterOrEqual"),
):  # fmt: skip
    TABLE[function] = comparison(kind)
TABLE[np.not_equal] = lambda call, x, y: ~TABLE[np.equal](call, x, y)
for function, kind in ((np.logical_and, "And"), (np.logical_or, "Or"), (np.logical_xor, "Xor"), (np.logical_not, "Not")):
    TABLE[function] = lambda call, *args, kind=kind: call.value(args[0], bool).each(
        kind, *(call.value(x, bool) for x in args[1:])
    )


def of_truth_values(same_as: Any) -> Callable[..., Value]:
    """The functions of bits, but only of one bit."""

    def written(call: Call, *args: Any) -> Value:
        if call.dtype != bool:
            raise TypeError  # bits of whole numbers
        return TABLE[same_as](call, *args)

    return written


for function, same_as in (
    (np.bitwise_and, np.logical_and), (np.bitwise_or, np.logical_or), (np.bitwise_xor, np.logical_xor),
    (np.invert, np.logical_not),
):  # fmt: skip
    TABLE[function] = of_truth_values(same_as)


def infinite(x: Value, positive: bool = True, negative: bool = True) -> Value:
    if x.dtype.kind != "f":
        return x.writer.constant(np.zeros(x.shape, bool))
    return x.each("IsInf", dtype=bool, detect_positive=int(positive), detect_negative=int(negative))


TABLE[np.isnan] = lambda call, x: call.value(x).is_nan()
TABLE[np.isinf] = lambda call, x: infinite(call.value(x))
TABLE[np.isposinf] = lambda call, x: infinite(call.value(x), negative=False)
TABLE[np.isneginf] = lambda call, x: infinite(call.value(x), positive=False)
TABLE[np.isfinite] = lambda call, x: ~(infinite(call.value(x)) | call.value(x).is_nan())
TABLE[np.signbit] = lambda call, x: call.value(x).is_negative()


@counterpart(np.where)
def where(call: Call, condition: Any, x: Any, y: Any) -> Value:
    return call.value(condition, bool).where(call.value(x, call.dtype), call.value(y, call.dtype))


@counterpart(np.nan_to_num)
def nan_to_num(call: Call, x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Value:
    x, limits = call.value(x), np.finfo(call.dtype)
    high, low = limits.max if posinf is None else posinf, limits.min if neginf is None else neginf
    x = infinite(x, negative=False).where(x.like(high), infinite(x, positive=False).where(x.like(low), x))
    return x.is_nan().where(x.like(nan), x)


@counterpart(clip)
def clip_of(call: Call, x: Any, low: Any, high: Any) -> Value:
    return call.value(x, call.dtype).maximum(call.value(low, call.dtype)).minimum(call.value(high, call.dtype))


@counterpart(np.round, np.around)
def round_to(call: Call, a: Any, decimals: int = 0) -> Value:
    """As NumPy does it: in units of 10⁻ⁿ."""
    x = call.value(a)
    unit = 10.0 ** abs(decimals)
    if not decimals:
        return x.each("Round")
    return (x * unit).each("Round") / unit if decimals > 0 else (x / unit).each("Round") * unit


@counterpart(astype)
def astype_of(call: Call, x: Any, dtype: Any) -> Value:
    return call.value(x, call.dtype)


# --- reductions -------------------------------------------------------------------------------------------------------


def reduction(kind: str) -> Callable[..., Value]:
    def written(call: Call, a: Any, axis: Any = None, keepdims: Any = False, dtype: Any = None) -> Value:
        x = call.value(a, call.dtype)
        return x.reduce(kind, axes_of(axis, x.ndim), truth(keepdims))

    return written


def truth(keepdims: Any) -> bool:
    return keepdims is not np._NoValue and bool(keepdims)


for functions, kind in (
    ((np.sum,), "ReduceSum"), ((np.mean,), "ReduceMean"), ((np.prod,), "ReduceProd"), ((np.max, np.amax), "ReduceMax"),
    ((np.min, np.amin), "ReduceMin"), ((logsumexp,), "ReduceLogSumExp"),
):  # fmt: skip
    counterpart(*functions)(reduction(kind))


@counterpart(euclidean_norm)
def norm(call: Call, x: Any, axis: Any = None, keepdims: Any = False) -> Value:
    """With ONNX's own ReduceL2, early onnxruntime loses half of the digits."""
    return square(call.value(x)).reduce("ReduceSum", axes_of(axis, len(x.shape)), truth(keepdims)).sqrt()


@counterpart(power_norm)
def power_norm_of(call: Call, x: Any, ord: Any, axis: Any = None, keepdims: Any = False) -> Value:
    total = (call.value(x).each("Abs") ** float(ord)).reduce("ReduceSum", axes_of(axis, len(x.shape)), truth(keepdims))
    return total ** (1 / float(ord))


@counterpart(np.nansum)
def nansum(call: Call, a: Any, axis: Any = None, keepdims: Any = False, dtype: Any = None) -> Value:
    x = call.value(a)
    return TABLE[np.sum](call, x.is_nan().where(x.like(0), x), axis, keepdims)


@counterpart(np.var)
def var(call: Call, a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, dtype: Any = None) -> Value:
    x = call.value(a, call.dtype)
    axes = axes_of(axis, x.ndim)
    away = x - x.reduce("ReduceMean", axes, True)
    n = max(math.prod(x.shape[i] for i in axes) - ddof, 0)
    return (away * away).reduce("ReduceSum", axes, truth(keepdims)) / n


@counterpart(np.std)
def std(call: Call, a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, dtype: Any = None) -> Value:
    return var(call, a, axis, ddof, keepdims).sqrt()


def of_ones_and_zeros(kind: str) -> Callable[..., Value]:
    """Any is a sum that is not 0, all a product that is not 0."""

    def written(call: Call, a: Any, axis: Any = None, keepdims: Any = False) -> Value:
        x = call.value(a, bool).cast(np.int64)
        return x.reduce(kind, axes_of(axis, x.ndim), truth(keepdims)).cast(bool)

    return written


TABLE[np.any], TABLE[np.all] = of_ones_and_zeros("ReduceSum"), of_ones_and_zeros("ReduceProd")


@counterpart(np.count_nonzero)
def count_nonzero(call: Call, a: Any, axis: Any = None, keepdims: Any = False) -> Value:
    x = call.value(a, bool).cast(np.int64)
    return x.reduce("ReduceSum", axes_of(axis, x.ndim), truth(keepdims))


def extreme_place(kind: str) -> Callable[..., Value]:
    def written(call: Call, a: Any, axis: Any = None, keepdims: Any = False) -> Value:
        x = call.value(a)
        x = x.reshape((math.prod(x.shape),)) if axis is None else x
        axis = 0 if axis is None else axis % x.ndim
        shape = x.shape[:axis] + x.shape[axis + 1 :]
        return x.moved(kind, shape, dtype=np.int64, axis=axis, keepdims=0).reshape(call.shape)

    return written


TABLE[np.argmax], TABLE[np.argmin] = extreme_place("ArgMax"), extreme_place("ArgMin")


@counterpart(np.argsort)
def argsort(call: Call, a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Value:
    """ONNX sorts by taking the k largest, or smallest, for the largest k there is; the first of equal ones comes first."""
    x = call.value(a)
    x = x.reshape((math.prod(x.shape),)) if axis is None else x
    axis = -1 if axis is None else axis
    settings = {"axis": axis, "largest": 0, "sorted": 1}
    if 0 in x.shape:  # with which some versions of onnxruntime crash, as in einsum
        return x.writer.constant(np.zeros(x.shape, np.int64))
    return x.moved("TopK", x.shape, [x.shape[axis]], dtype=np.int64, output=1, **settings)


@counterpart(softmax)
def softmax_of(call: Call, x: Any, axis: int = -1) -> Value:
    return call.value(x).each("Softmax", axis=axis)


@counterpart(log_softmax)
def log_softmax_of(call: Call, x: Any, axis: int = -1) -> Value:
    return call.value(x).each("LogSoftmax", axis=axis)


@counterpart(np.cumsum)
def cumsum(call: Call, a: Any, axis: Any = None, dtype: Any = None) -> Value:
    x = call.value(a, call.dtype)
    x = x.reshape(call.shape)
    return x.moved("CumSum", x.shape, (axis or 0) % max(x.ndim, 1))


@counterpart(np.cumprod)
def cumprod(call: Call, a: Any, axis: Any = None, dtype: Any = None) -> Value:
    """Of n numbers n copies, with 1 in the place of those that come later; and the product of each copy."""
    x = call.value(a, call.dtype).reshape(call.shape)
    axis = (axis or 0) % x.ndim
    last = x.transpose([i for i in range(x.ndim) if i != axis] + [axis])
    n = x.shape[axis]
    copies = last.reshape((*last.shape[:-1], 1, n))
    products = x.writer.constant(np.tri(n, dtype=bool)).where(copies, x.like(1)).reduce("ReduceProd", [last.ndim])
    order = list(range(last.ndim - 1))
    return products.transpose([*order[:axis], last.ndim - 1, *order[axis:]])


# --- shapes -----------------------------------------------------------------------------------------------------------


def moving(function: Any) -> Callable[..., Value]:
    """A function that only moves elements: NumPy says which goes where."""

    def written(call: Call, a: Any, *args: Any, **keywords: Any) -> Value:
        x = call.value(a)
        n = math.prod(x.shape)
        return x.reshape((n,)).take(function(np.arange(n).reshape(x.shape), *args, **keywords))

    return written


@counterpart(np.reshape)
def reshape(call: Call, a: Any, shape: Any = None, order: str = "C", **_: Any) -> Value:
    """By columns it is the reshape by rows between two transposes."""
    x = call.value(a)
    if order not in ("C", "F"):
        raise TypeError  # how the array lies in memory, ONNX does not say
    if order == "C":
        return x.reshape(call.shape)
    turned = x.transpose(range(x.ndim)[::-1]).reshape(call.shape[::-1])
    return turned.transpose(range(len(call.shape))[::-1])


def permuting(function: Any) -> Callable[..., Value]:
    """A function that permutes the axes: NumPy says how."""

    def written(call: Call, a: Any, *args: Any, **keywords: Any) -> Value:
        x = call.value(a)
        numbered = np.broadcast_to(0, range(2, 2 + x.ndim))  # each axis has a length of its own, which says where it went
        return x.transpose([n - 2 for n in function(numbered, *args, **keywords).shape])

    return written


for function in (np.transpose, np.swapaxes, np.moveaxis):
    TABLE[function] = permuting(function)
TABLE[np.roll] = moving(np.roll)


@counterpart(np.flip)
def flip(call: Call, m: Any, axis: Any = None) -> Value:
    x = call.value(m)
    axes = axes_of(axis, x.ndim)
    n = [x.shape[i] for i in axes]
    settings = [[-1] * len(axes), [-k - 1 for k in n], axes, [-1] * len(axes)]
    return x.moved("Slice", x.shape, *settings) if axes and 0 not in x.shape else x


@counterpart(np.squeeze)
def squeeze(call: Call, a: Any, axis: Any = None) -> Value:
    x = call.value(a)
    axes = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else axes_of(axis, x.ndim)
    return x.moved("Squeeze", call.shape, axes) if axes else x


@counterpart(np.expand_dims)
def expand_dims(call: Call, a: Any, axis: Any) -> Value:
    return call.value(a).moved(
        "Unsqueeze", call.shape, axes_of(axis if isinstance(axis, int) else tuple(axis), len(call.shape))
    )


@counterpart(np.broadcast_to)
def broadcast_to(call: Call, array: Any, shape: Any = None, **_: Any) -> Value:
    return call.value(array).expand(call.shape)


@counterpart(join)
def concatenate(call: Call, *arrays: Any, axis: Any = 0) -> Value:
    parts = [call.value(x, call.dtype) for x in arrays]
    if axis is None:
        parts, axis = [x.reshape((math.prod(x.shape),)) for x in parts], 0
    return call.writer.node("Concat", parts, call.dtype, call.shape, axis=axis)


def triangle(upper: int) -> Callable[..., Value]:
    def written(call: Call, m: Any, k: int = 0) -> Value:
        x = call.value(m).expand(call.shape)  # of a row NumPy makes a matrix
        return x.moved("Trilu", call.shape, k, upper=upper)

    return written


TABLE[np.tril], TABLE[np.triu] = triangle(0), triangle(1)


def filled_with(number: Any) -> Callable[..., Value]:
    return lambda call, a, *args, **_: call.value(number, call.dtype).expand(call.shape)


TABLE[np.zeros_like], TABLE[np.ones_like], TABLE[np.empty_like] = filled_with(0), filled_with(1), filled_with(0)
TABLE[np.full_like] = lambda call, a, fill_value, *args, **_: call.value(fill_value, call.dtype).expand(call.shape)

# --- elements -----------------------------------------------------------------------------------------------------------


def parts_of(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def is_mask(index: Any) -> bool:
    return isinstance(index, Value) and index.dtype == bool


def places(call: Call, shape: tuple[int, ...], index: Any) -> Any:
    """Where in an array, written in one row, the elements at an index are: an array, or a value if the index is computed.

    For a computed index, NumPy is asked with other numbers in its place: 0, which gives the place as far as the rest of the
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
    return x.reshape((math.prod(x.shape),)) if isinstance(x, Value) else np.ravel(x)


@counterpart(operator.getitem)
def getitem(call: Call, x: Any, index: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return x[index]  # one of several results
    x = call.value(x)
    if is_mask(index):
        return x.moved("GatherND", call.shape, chosen_by(index))
    return simple_index(x, index) or x.reshape((math.prod(x.shape),)).take(places(call, x.shape, index))


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


def zeros(call: Call, shape: Sequence[int]) -> Value:
    return call.value(0, call.dtype).expand(shape)


@counterpart(scatter)
def scatter_of(call: Call, value: Any, index: Any = None, shape: Any = None) -> Value:
    value = call.value(value)
    if is_mask(index):
        return zeros(call, call.shape).moved("ScatterND", call.shape, chosen_by(index), value, reduction="add")
    at = as_row(places(call, call.shape, index))
    n = math.prod(call.shape)
    return zeros(call, (n,)).moved("ScatterElements", (n,), at, as_row(value), reduction="add").reshape(call.shape)


@counterpart(put)
def put_of(call: Call, x: Any, value: Any, index: Any = None) -> Value:
    """Where an index names a place twice, the last value stays there; ONNX leaves that open, so the others are left out."""
    x, value = call.value(x, call.dtype), call.value(value, call.dtype)
    if is_mask(index):
        if math.prod(value.shape) == 1:
            mask = index.reshape(index.shape + (1,) * (x.ndim - index.ndim))
            return mask.where(value.reshape(()), x)
        return x.moved("ScatterND", x.shape, chosen_by(index), value)
    where = places(call, x.shape, index)
    value = value.reshape(value.shape[max(value.ndim - len(where.shape), 0) :]).expand(where.shape)
    at, value = as_row(where), as_row(value)
    if not isinstance(at, Value):
        last = {int(i): k for k, i in enumerate(at)}
        if len(last) < len(at):
            at, value = np.array(list(last)), value.take(np.array(list(last.values())))
    n = math.prod(x.shape)
    return x.reshape((n,)).moved("ScatterElements", (n,), at, value).reshape(x.shape)


@counterpart(np.take)
def take(call: Call, a: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Value:
    x = call.value(a)
    x = x.reshape((math.prod(x.shape),)) if axis is None else x
    axis = 0 if axis is None else axis % x.ndim
    at = call.value(indices, np.int64)
    n = x.shape[axis]
    at = at.each("Mod", n) if mode == "wrap" else at.maximum(0).minimum(n - 1) if mode == "clip" else at
    return x.take(at, axis)


@counterpart(np.searchsorted)
def searchsorted(call: Call, a: Any, v: Any, side: str = "left") -> Value:
    """How many elements of the sorted row are smaller."""
    row, numbers = common(call, a, v)
    numbers = numbers.reshape((*numbers.shape, 1))
    smaller = row < numbers if side == "left" else row <= numbers
    return smaller.cast(np.int64).reduce("ReduceSum", [numbers.ndim - 1])


@counterpart(np.digitize)
def digitize(call: Call, x: Any, bins: Any, right: bool = False) -> Value:
    """The place of a number among bounds that grow; whether they do has to be known."""
    if isinstance(bins, Value) or np.any(np.diff(bins) < 0):
        raise TypeError  # bounds that are computed, or fall
    return searchsorted(call, bins, x, "left" if right else "right")


@counterpart(np.choose)
def choose(call: Call, a: Any, choices: Any, mode: str = "raise") -> Value:
    """Which choice each element takes. The choices themselves are laid over each other by `where`."""
    at, n = call.value(a, np.int64), len(choices)
    if not isinstance(choices, range):
        raise TypeError  # only what the rules ask for
    return at.each("Mod", n) if mode == "wrap" else at.maximum(0).minimum(n - 1) if mode == "clip" else at


# --- products -----------------------------------------------------------------------------------------------------------


@counterpart(np.matmul)
def matmul(call: Call, x: Any, y: Any) -> Value:
    return call.value(x, call.dtype).moved("MatMul", call.shape, call.value(y, call.dtype))


@counterpart(contract)
def einsum(call: Call, *operands: Any, subscripts: str, optimize: Any = False) -> Value:
    """ONNX does not stretch axes of length 1, as NumPy does: they are stretched before."""
    values, terms = [call.value(x, call.dtype) for x in operands], subscripts.partition("->")[0].split(",")
    lengths: dict[str, int] = {}
    for term, x in zip(terms, values):
        for letter, n in zip(term, x.shape):
            lengths[letter] = n if lengths.get(letter, 1) == 1 else lengths[letter]
    if 0 in lengths.values():
        return zeros(call, call.shape)
    values = [x.expand([lengths[letter] for letter in term]) for term, x in zip(terms, values)]
    return call.writer.node("Einsum", values, call.dtype, call.shape, equation=subscripts)


@counterpart(np.convolve)
def convolve(call: Call, a: Any, v: Any, mode: str = "full") -> Value:
    """Each result is the product of a piece of the longer row with the shorter one, reversed."""
    x, y = call.value(a, call.dtype), call.value(v, call.dtype)
    if x.shape < y.shape:
        x, y = y, x
    n, m = x.shape[0], y.shape[0]
    start = {"full": 0, "same": (m - 1) // 2, "valid": m - 1}[mode]
    edge = zeros(call, (m - 1,))
    padded = call.writer.node("Concat", [edge, x, edge], call.dtype, (n + 2 * m - 2,), axis=0)
    pieces = padded.take(start + np.arange(call.shape[0])[:, None] + np.arange(m))
    return pieces.moved("MatMul", call.shape, y.take(np.arange(m)[::-1]))


@counterpart(dft)
def dft_of(call: Call, parts: Any, axes: Any, sign: int) -> Value:
    """ONNX has the real and imaginary parts last. The transform with the other sign is that of the mirrored numbers,
    mirrored: ONNX's inverse would do, but for a factor that onnxruntime has in single precision.
    """
    z = call.value(parts)
    if 0 in z.shape:
        return z
    mirror = call.value(np.array([1.0, -1.0]), call.dtype)
    z = z.transpose([*range(1, z.ndim), 0]).reshape((1, *z.shape[1:], 2))
    z = z * mirror if sign > 0 else z
    for axis in axes:
        z = z.each("DFT", axis=int(axis) % (z.ndim - 2) + 1)
    z = z * mirror if sign > 0 else z
    z = z.reshape(z.shape[1:])
    return z.transpose([z.ndim - 1, *range(z.ndim - 1)])
