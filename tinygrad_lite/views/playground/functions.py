"""The functions that the program of a playground may use, and how a call of each is written in JavaScript.

Flows in: a call of the simplified program. Flows out: its text. The functions themselves are in `runtime.js`; what they need
to know about shapes, axes and indices is computed here, because all shapes are known.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...graphs.program import Op
from ...protocols.primitives import astype, put
from ...rules.activations import relu, sigmoid, softplus
from ...rules.indexing import clip, scatter
from ...rules.linalg import contract
from ...rules.nets.entropy import class_axis, cross_entropy_of_classes, cross_entropy_of_targets
from ...rules.reductions import axes_of, euclidean_norm, log_softmax, logsumexp, softmax
from ...rules.shapes import join

ELEMENTWISE: dict[Any, str] = {
    np.add: "add", np.subtract: "subtract", np.multiply: "multiply", np.divide: "divide", np.power: "power",
    np.float_power: "power", np.negative: "negative", np.square: "square", np.reciprocal: "reciprocal", np.sqrt: "sqrt",
    np.cbrt: "cbrt", np.hypot: "hypot", np.absolute: "absolute", np.fabs: "absolute", np.sign: "sign",
    np.copysign: "copysign", np.heaviside: "heaviside",
    np.exp: "exp", np.exp2: "exp2", np.expm1: "expm1", np.log: "log", np.log2: "log2", np.log10: "log10", np.log1p: "log1p",
    np.logaddexp: "logaddexp", np.logaddexp2: "logaddexp2", sigmoid: "sigmoid", softplus: "softplus", relu: "relu",
    np.sin: "sin", np.cos: "cos", np.tan: "tan", np.arcsin: "arcsin", np.arccos: "arccos", np.arctan: "arctan",
    np.arctan2: "arctan2", np.deg2rad: "deg2rad", np.radians: "deg2rad", np.rad2deg: "rad2deg", np.degrees: "rad2deg",
    np.sinh: "sinh", np.cosh: "cosh", np.tanh: "tanh", np.arcsinh: "arcsinh", np.arccosh: "arccosh", np.arctanh: "arctanh",
    np.maximum: "maximum", np.minimum: "minimum", np.fmax: "fmax", np.fmin: "fmin", clip: "clip", np.where: "where",
    np.floor: "floor", np.ceil: "ceil", np.trunc: "trunc", np.fix: "trunc", np.rint: "rint",
    np.remainder: "remainder", np.fmod: "fmod", np.floor_divide: "floor_divide",
    np.greater: "greater", np.greater_equal: "greater_equal", np.less: "less", np.less_equal: "less_equal",
    np.equal: "equal", np.not_equal: "not_equal", np.logical_and: "logical_and", np.logical_or: "logical_or",
    np.logical_xor: "logical_xor", np.logical_not: "logical_not", np.isnan: "isnan", np.isinf: "isinf",
    np.isfinite: "isfinite",
}  # fmt: skip
OF_TRUTH_VALUES: dict[Any, str] = {
    np.bitwise_and: "logical_and", np.bitwise_or: "logical_or", np.bitwise_xor: "logical_xor", np.invert: "logical_not",
}  # fmt: skip


class Unwritten(Exception):
    """A call that cannot be written."""


Write = Callable[..., str]  # gets the writer, the call, and the arguments of the call under their names


def call_text(writer: Any, op: Op) -> str:
    """A call in JavaScript; `writer` writes its arguments: ``writer.text(value)``. Raises Unwritten if there is no text."""
    if op.function in ELEMENTWISE and not op.keywords:
        return f"{ELEMENTWISE[op.function]}({', '.join(map(writer.text, op.args))})"
    if op.function in OF_TRUTH_VALUES and op.dtype == "bool":
        return f"{OF_TRUTH_VALUES[op.function]}({', '.join(map(writer.text, op.args))})"
    if isinstance(op.function, type) and issubclass(op.function, np.generic):
        return converted(writer, op, op.args[0], op.function)
    write = FUNCTIONS.get(op.function)
    if write is None:
        raise Unwritten
    try:
        inspect.signature(write).bind(writer, op, *op.args, **op.keywords)
    except TypeError as error:  # an option that nobody needs in a playground, such as where=
        raise Unwritten from error
    return write(writer, op, *op.args, **op.keywords)


def listed(numbers: Any) -> str:
    """Whole numbers as a list of JavaScript's."""
    return f"[{', '.join(str(int(n)) for n in numbers)}]"


def is_float64(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype) == np.float64


# --- many numbers to one ----------------------------------------------------------------------------------------------------


def reduction(name: str, spread: bool = False) -> Write:
    """A function that makes one number of those along some axes. With `spread` it also divides by their number less ddof."""

    def write(
        writer: Any, op: Op, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
    ) -> str:
        if out is not None or not is_float64(dtype):
            raise Unwritten
        return f"{name}({writer.text(a)}, {listed(axes_of(axis, len(writer.shape(a))))}, {str(bool(keepdims)).lower()})"

    def write_spread(
        writer: Any, op: Op, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
        keepdims: Any = False,
    ) -> str:  # fmt: skip
        return f"{write(writer, op, a, axis, dtype, out, keepdims)[:-1]}, {writer.text(ddof)})"

    return write_spread if spread else write


def extreme(name: str) -> Write:
    return lambda writer, op, a, axis=None, out=None, keepdims=False: reduction(name)(
        writer, op, a, axis, out=out, keepdims=keepdims
    )


def norm(name: str) -> Write:
    return lambda writer, op, x, axis=None, keepdims=False: reduction(name)(writer, op, x, axis, keepdims=keepdims)


def along_axis(name: str) -> Write:
    return lambda writer, op, x, axis=-1: f"{name}({writer.text(x)}, {listed(axes_of(axis, len(op.shape)))})"


def of_targets(writer: Any, op: Op, logits: Any, targets: Any) -> str:
    axis = class_axis(len(writer.shape(logits)))
    return f"cross_entropy_of_targets({writer.text(logits)}, {writer.text(targets)}, [{axis}])"


def running(name: str) -> Write:
    def write(writer: Any, op: Op, a: Any, axis: Any = None, dtype: Any = None) -> str:
        if not is_float64(dtype):
            raise Unwritten
        shape = writer.shape(a)
        if axis is None or not shape:
            return f"{name}(reshape({writer.text(a)}, [{math.prod(shape)}]), 0)"
        return f"{name}({writer.text(a)}, {axis % len(shape)})"

    return write


# --- shapes, and parts of arrays --------------------------------------------------------------------------------------------


def reshaped(writer: Any, op: Op, a: Any, shape: Any = None, axis: Any = None, order: str = "C") -> str:
    if order != "C":
        raise Unwritten
    return f"reshape({writer.text(a)}, {listed(op.shape)})"


def moved(writer: Any, op: Op, a: Any, *args: Any, **keywords: Any) -> str:
    """A function that changes the order of axes. What it makes of the numbers of the axes is what it does with the axes."""
    shape = writer.shape(a)
    if not shape:
        return str(writer.text(a))
    lengths = tuple(range(2, len(shape) + 2))  # all different, so that they can be told apart afterwards
    axes = np.array(op.function(np.empty(lengths), *args, **keywords).shape) - 2
    return f"transpose({writer.text(a)}, {listed(axes)})"


def picked(writer: Any, op: Op, x: Any, *args: Any, **keywords: Any) -> str:
    """A function that takes elements from places that do not depend on their values: it is asked which."""
    args, keywords = writer.known(args), writer.known(keywords)
    places = np.asarray(op.function(places_of(writer.shape(x)), *args, **keywords))
    return f"take({writer.text(x)}, {writer.places(places)}, {listed(places.shape)})"


def scattered(writer: Any, op: Op, value: Any, index: Any, shape: Any) -> str:
    places = places_of(op.shape)[writer.known(index)]
    return f"scatter({writer.text(value)}, {writer.places(places)}, {listed(op.shape)})"


def written_into(writer: Any, op: Op, x: Any, value: Any, index: Any) -> str:
    places = np.asarray(places_of(op.shape)[writer.known(index)])
    return f"put({writer.text(x)}, {writer.text(value)}, {writer.places(places)}, {listed(places.shape)})"


def places_of(shape: tuple[int, ...]) -> np.ndarray:
    """The number of each element of an array."""
    return np.arange(math.prod(shape)).reshape(shape)


def masked(writer: Any, op: Op, m: Any, k: int = 0) -> str:
    """A triangle of a matrix: the rest becomes 0."""
    mask = op.function(np.ones(op.shape), k)
    return f"where({writer.text(mask)}, {writer.text(m)}, 0)"


def joined(writer: Any, op: Op, *arrays: Any, axis: Any = 0) -> str:
    if axis is None:
        flat = ", ".join(f"reshape({writer.text(a)}, [{math.prod(writer.shape(a))}])" for a in arrays)
        return f"concatenate([{flat}], 0)"
    return f"concatenate([{', '.join(map(writer.text, arrays))}], {axis % len(op.shape)})"


def products_summed(writer: Any, op: Op, *operands: Any, subscripts: str, optimize: Any = False) -> str:
    """np.einsum, with the length of each index, and how far apart its elements are in each operand."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    shapes = list(map(writer.shape, operands))
    lengths = dict.fromkeys(output + inputs.replace(",", ""), 1)
    for term, shape in zip(terms, shapes):
        for letter, n in zip(term, shape):
            lengths[letter] = n if lengths[letter] == 1 else lengths[letter]
    steps = []
    for term, shape in zip(terms, shapes):
        apart = [math.prod(shape[k + 1 :]) if n > 1 else 0 for k, n in enumerate(shape)]
        steps.append(listed(sum(step for own, step in zip(term, apart) if own == letter) for letter in lengths))
    texts = ", ".join(map(writer.text, operands))
    return f"contract([{texts}], {listed(lengths.values())}, [{', '.join(steps)}], {listed(op.shape)})"


# --- arrays of one number, and other kinds of numbers -----------------------------------------------------------------------


def alike(value: Any) -> Write:
    return lambda writer, op, *args, **keywords: f"full({listed(op.shape)}, {writer.text(value)})"


def converted(writer: Any, op: Op, x: Any, dtype: Any) -> str:
    kind = np.dtype(dtype)
    if kind == np.float64:
        return str(writer.text(x))
    function = {"b": "truth", "i": "trunc", "u": "trunc"}.get(kind.kind) or ("fround" if kind == np.float32 else None)
    if function is None:
        raise Unwritten
    return f"{function}({writer.text(x)})"


def rounded(writer: Any, op: Op, a: Any, decimals: int = 0, out: Any = None) -> str:
    if decimals or out is not None:
        raise Unwritten
    return f"rint({writer.text(a)})"


def product(writer: Any, op: Op, x: Any, y: Any) -> str:
    return f"matmul({writer.text(x)}, {writer.text(y)})"


FUNCTIONS: dict[Any, Write] = {
    np.sum: reduction("sum"), np.mean: reduction("mean"), np.prod: reduction("prod"), np.max: extreme("max"),
    np.amax: extreme("max"), np.min: extreme("min"), np.amin: extreme("min"), np.var: reduction("variance", spread=True),
    np.std: reduction("std", spread=True), euclidean_norm: norm("euclidean_norm"), logsumexp: norm("logsumexp"),
    softmax: along_axis("softmax"), log_softmax: along_axis("log_softmax"), np.cumsum: running("cumsum"),
    np.cumprod: running("cumprod"),
    cross_entropy_of_targets: of_targets,
    cross_entropy_of_classes: lambda writer, op, logits, classes:
        f"cross_entropy_of_classes({writer.text(logits)}, {writer.text(classes)})",
    np.matmul: product, contract: products_summed,
    np.reshape: reshaped, np.squeeze: reshaped, np.expand_dims: reshaped,
    np.broadcast_to: lambda writer, op, array, shape: f"broadcast_to({writer.text(array)}, {listed(op.shape)})",
    np.transpose: moved, np.swapaxes: moved, np.moveaxis: moved, np.flip: picked, np.roll: picked, operator.getitem: picked,
    scatter: scattered, put: written_into, np.tril: masked, np.triu: masked, join: joined,
    np.zeros: alike(0), np.ones: alike(1), np.zeros_like: alike(0), np.ones_like: alike(1),
    np.full: lambda writer, op, shape, value, dtype=None: f"broadcast_to({writer.text(value)}, {listed(op.shape)})",
    astype: converted, np.round: rounded, np.around: rounded,
}  # fmt: skip
