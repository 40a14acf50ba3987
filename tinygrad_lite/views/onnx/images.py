"""Convolution and pooling in ONNX.

onnxruntime has these operators for single precision. In double precision, and where an operator differs from PyTorch, Gather
is used instead: NumPy numbers the pixels, and windows of these numbers say from which pixels each result is computed.

Flows in: the arguments of a call, with a `Value` for each array. Flows out: the `Value` of the result.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...rules.nets.convolution import conv2d, conv2d_weight, conv_transpose2d, fitting, margins, padded, pair, windows
from ...rules.nets.pooling import avg_pool2d, counts, gathered, grid, largest, max_pool2d, seen, spread
from .table import TABLE, Target, counterpart
from .values import DOUBLE, Value

# --- which pixels -----------------------------------------------------------------------------------------------------


def batch(x: Value) -> Value:
    """The images with an axis for N."""
    return x.reshape((1, *x.shape)) if x.ndim == 3 else x


def numbered(size: Any, around: Any) -> np.ndarray:
    """The number of each pixel; what is around the images has the number after the last."""
    pixels = np.arange(math.prod(size)).reshape(1, 1, *size)
    return np.asarray(padded(pixels, around, math.prod(size)))


def picked(x: Value, which: np.ndarray, other: float = 0) -> Value:
    """Pixels (N, C, …) by their numbers, and `other` for the number after the last."""
    n, c, *size = x.shape
    flat = x.reshape((n, c, math.prod(size)))
    edge = x.writer.constant(np.full((n, c, 1), other, x.dtype))
    longer = x.writer.node("Concat", [flat, edge], x.dtype, (n, c, math.prod(size) + 1), axis=2)
    return longer.take(which, axis=2)


def users(which: np.ndarray, pixels: int) -> np.ndarray:
    """For each place k in a window, and each pixel, the number of the window that has the pixel there.

    `which` are the numbers of the pixels, (places, windows). The windows of all places are numbered in one row; the number
    after the last means that there is no such window.
    """
    places, results = which.shape
    found = np.full((places, pixels + 1), places * results)
    for k in range(places):
        found[k, which[k]] = k * results + np.arange(results)
    return found[:, :-1]


def window_numbers(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, size: Any = None) -> np.ndarray:
    """The numbers of the pixels in the windows of a convolution, (places in a kernel, results)."""
    at = numbered(x, margins(padding, kernel, stride, dilation))
    size = size or fitting("conv2d", at.shape[2:], kernel, stride, dilation)
    return windows(at, kernel, stride, dilation, size).reshape(math.prod(kernel), math.prod(size))


# --- convolution ------------------------------------------------------------------------------------------------------


def columns(x: Value, which: np.ndarray, groups: int) -> Value:
    """All windows of all images, (N, groups, places and channels, results)."""
    n, c = x.shape[:2]
    return picked(x, which).reshape((n, groups, c // groups * len(which), which.shape[1]))


def product(x: Value, y: Value) -> Value:
    """A matrix product; axes before the last two are broadcast."""
    return x.moved("MatMul", (*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-1]), y)


def with_bias(to: Target, out: Value, bias: Any) -> Value:
    if bias is not None:
        out = out + to.value(bias, to.dtype).reshape((out.shape[1], 1, 1))
    return out.reshape(to.shape)


@counterpart(conv2d)
def conv(
    to: Target, input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Value:  # fmt: skip
    x, w = batch(to.value(input, to.dtype)), to.value(weight, to.dtype)
    (f, c, *kernel), stride, dilation = w.shape, pair("stride", stride, 1), pair("dilation", dilation, 1)
    if to.dtype != DOUBLE and 0 not in x.shape:
        (top, bottom), (left, right) = margins(padding, kernel, stride, dilation)
        inputs = [x, w] if bias is None else [x, w, to.value(bias, to.dtype)]
        out = to.writer.node(
            "Conv", inputs, to.dtype, (x.shape[0], f, *to.shape[-2:]), strides=stride, pads=[top, left, bottom, right],
            dilations=dilation, group=groups,
        )  # fmt: skip
        return out.reshape(to.shape)
    which = window_numbers(x.shape[2:], kernel, stride, padding, dilation)
    out = product(w.reshape((groups, f // groups, c * math.prod(kernel))), columns(x, which, groups))
    return with_bias(to, out.reshape((x.shape[0], f, *to.shape[-2:])), bias)


@counterpart(conv_transpose2d)
def conv_transpose(
    to: Target, input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
    groups: int = 1, dilation: Any = 1,
) -> Value:  # fmt: skip
    x, w = batch(to.value(input, to.dtype)), to.value(weight, to.dtype)
    (f, c, *kernel), stride, dilation = w.shape, pair("stride", stride, 1), pair("dilation", dilation, 1)
    extra, (n, *_) = pair("output_padding", output_padding, 0), x.shape
    if to.dtype != DOUBLE and 0 not in x.shape:
        (top, bottom), (left, right) = margins(padding, kernel, stride, dilation)
        inputs = [x, w] if bias is None else [x, w, to.value(bias, to.dtype)]
        out = to.writer.node(
            "ConvTranspose", inputs, to.dtype, (n, c * groups, *to.shape[-2:]), strides=stride,
            pads=[top, left, bottom, right], dilations=dilation, group=groups, output_padding=extra,
        )  # fmt: skip
        return out.reshape(to.shape)
    which = window_numbers(to.shape[-2:], kernel, stride, padding, dilation, x.shape[2:])
    rows = w.reshape((groups, f // groups, c * math.prod(kernel))).transpose([0, 2, 1])
    parts = product(rows, x.reshape((n, groups, f // groups, which.shape[1])))
    out = summed(parts.reshape((n, c * groups, *which.shape)), which, to.shape[-2:])
    return with_bias(to, out, bias)


@counterpart(conv2d_weight)
def conv_weight(
    to: Target, input: Any, grad: Any, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Value:  # fmt: skip
    x, g = batch(to.value(input, to.dtype)), batch(to.value(grad, to.dtype))
    (n, f, *size), kernel = g.shape, pair("kernel_size", kernel_size, 1)
    stride, dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
    which = window_numbers(x.shape[2:], kernel, stride, padding, dilation, size)
    right = columns(x, which, groups).transpose([0, 1, 3, 2])
    return product(g.reshape((n, groups, f // groups, math.prod(size))), right).reduce("ReduceSum", 0).reshape(to.shape)


def summed(parts: Value, which: np.ndarray, size: Any) -> Value:
    """Images in which each pixel is the sum of the parts (N, C, places, windows) of the windows it is in."""
    n, c = parts.shape[:2]
    return picked(parts, users(which, math.prod(size))).reduce("ReduceSum", 2).reshape((n, c, *size))


# --- pooling ----------------------------------------------------------------------------------------------------------


def pool_numbers(shape: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any) -> np.ndarray:
    """The numbers of the pixels in the windows of a pool, (places, results)."""
    around, pixels = grid("pooling", shape, kernel_size, stride, padding, dilation, ceil_mode)
    return np.stack([part.ravel() for part in seen(numbered(shape[-2:], around), pixels)])


@counterpart(max_pool2d)
def max_pool(
    to: Target, input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Value:  # fmt: skip
    x = batch(to.value(input, to.dtype))
    (top, bottom), (left, right) = grid("max_pool2d", x.shape, kernel_size, stride, padding, dilation, ceil_mode)[0]
    if 0 in x.shape:
        return to.writer.constant(np.zeros(to.shape, to.dtype))
    kernel = pair("kernel_size", kernel_size, 1)
    out = to.writer.node(
        "MaxPool", [x], to.dtype, (*x.shape[:2], *to.shape[-2:]), kernel_shape=kernel, pads=[top, left, bottom, right],
        strides=kernel if stride is None else pair("stride", stride, 1), dilations=pair("dilation", dilation, 1),
    )  # fmt: skip
    return out.reshape(to.shape)


@counterpart(avg_pool2d)
def avg_pool(
    to: Target, input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Value:  # fmt: skip
    x, kernel, pads = batch(to.value(input, to.dtype)), pair("kernel_size", kernel_size, 1), pair("padding", padding, 0)
    around, _ = grid("avg_pool2d", x.shape, kernel_size, stride, padding, 1, ceil_mode)
    if to.dtype != DOUBLE and 0 not in x.shape and around == [(p, p) for p in pads]:
        out = to.writer.node(
            "AveragePool", [x], to.dtype, (*x.shape[:2], *to.shape[-2:]), kernel_shape=kernel, pads=[*pads, *pads],
            strides=kernel if stride is None else pair("stride", stride, 1), count_include_pad=int(count_include_pad),
        )  # fmt: skip
        return out.reshape(to.shape)
    total = picked(x, pool_numbers(x.shape, kernel_size, stride, padding, 1, ceil_mode)).reduce("ReduceSum", 2)
    number = counts(x, x.shape, kernel_size, stride, padding, ceil_mode, count_include_pad)
    return total.reshape(to.shape) / to.value(number, to.dtype)


TABLE[counts] = lambda to, x, *options: to.value(counts(x, *options), to.dtype)


@counterpart(largest)
def first_of_largest(to: Target, input: Any, out: Any, *options: Any) -> Value:
    """ArgMax gives the first of equal ones. Where there is nan, nothing is equal to the result."""
    x, out = batch(to.value(input)), batch(to.value(out))
    n, c, *size = out.shape
    if 0 in x.shape:
        return to.writer.constant(np.zeros(to.shape, bool))
    pixels = picked(x, pool_numbers(x.shape, *options), -math.inf)
    places = pixels.shape[2]
    equal = pixels.equals(out.reshape((n, c, 1, math.prod(size))))
    first = equal.cast(np.int64).moved("ArgMax", (n, c, 1, math.prod(size)), dtype=np.int64, axis=2)
    chosen = first.equals(to.writer.constant(np.arange(places).reshape(places, 1))) & equal
    return chosen.transpose([2, 0, 1, 3]).reshape(to.shape)


@counterpart(gathered)
def gathered_from(to: Target, x: Any, which: Any = None, **options: Any) -> Value:
    x = batch(to.value(x, to.dtype))
    parts = picked(x, pool_numbers(x.shape, **options))
    return only(to, parts, which).reduce("ReduceSum", 2).reshape(to.shape)


@counterpart(spread)
def spread_to(to: Target, g: Any, which: Any = None, shape: Any = None, **options: Any) -> Value:
    g = batch(to.value(g, to.dtype))
    at = pool_numbers(shape, **options)
    parts = g.reshape((*g.shape[:2], 1, at.shape[1])).expand((*g.shape[:2], *at.shape))
    return summed(only(to, parts, which), at, shape[-2:]).reshape(to.shape)


def only(to: Target, parts: Value, which: Any) -> Value:
    """The pixels of windows, (N, C, places, windows), with 0 for those that do not count."""
    if which is None or 0 in parts.shape:
        return parts
    chosen = to.value(which, bool)
    n, c, places, results = parts.shape
    return chosen.reshape((places, n, c, results)).transpose([1, 2, 0, 3]).where(parts, 0.0)
