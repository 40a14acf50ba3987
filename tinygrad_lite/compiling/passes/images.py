"""Convolutions become products of matrices, and poolings maxima of slices, with the images on the last axis of all arrays.

    conv2d(x, w, b)          ->   w.reshape(F, -1) @ windows(x) + b[:, None]
    max_pool2d(x, 2)         ->   np.maximum(np.maximum(x[:, ::2, ::2], x[:, ::2, 1::2]), ...)
    max_pool2d(relu(x), 2)   ->   relu(max_pool2d(x, 2)),    which has a quarter of the numbers

Arrays of images come as (N, C, H, W). In the program they are kept as (C, H, W, N): whatever part of an image a slice takes,
the same pixel of all N images comes in one run of memory, and NumPy is fast with long runs (the layout is that of
Krizhevsky's cuda-convnet, 2012). The transposes between the two forms move outwards, past everything that works element by
element, and meet the next convolution, where they cancel. All arrays are kept from call to call: the largest, `windows`, is
nine times as large as the images for kernels of 3 x 3, and new memory costs more than what is written into it.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...graphs.nodes import Ref
from ...graphs.program import Op, is_number
from ...rules.activations import relu
from ...rules.nets.convolution import conv2d, conv2d_weight, conv_transpose2d, margins, pair
from ...rules.nets.pooling import avg_pool2d, grid, largest, max_pool2d, spread
from ...rules.reductions import axes_of
from ..code import Code
from ..kernels import added_at, in_order, overlapped, placed_at, to_largest, windows
from .masks import is_zero

LAST, FIRST = (1, 2, 3, 0), (3, 0, 1, 2)  # axes of a transpose: (N, C, H, W) as (C, H, W, N), and back
MOST_PIXELS = 16  # of a window of a pooling
MOST_BYTES = 1 << 26  # of windows that are kept
FLOATS = ("float32", "float64")


def apply(code: Code) -> Code:
    return code.rebuilt(lowered) if any(op.function in RULES for op in code.needed()) else code


def lowered(c: Code, op: Op) -> Any:
    """What is computed instead of a call on images."""
    rule = RULES.get(op.function)
    if rule is None:
        return moved_outwards(c, op)
    given = inspect.signature(op.function).bind(*op.args, **op.keywords)
    given.apply_defaults()
    images = [arg for arg in op.args[:3] if isinstance(arg, Ref) and c.dtype(arg) != "bool"]
    if op.dtype not in FLOATS or any(c.dtype(arg) != op.dtype or not c.size(arg) for arg in images):
        return None
    whole = len(c.shape(op.args[0])) == 4 and (len(op.shape) == 4 or op.function is largest)
    return rule(c, op, **given.arguments) if whole else None


# --- convolutions -----------------------------------------------------------------------------------------------------------


def convolution(
    c: Code, op: Op, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """`conv2d`: each row of the kernels' matrix times each column of windows."""
    f, _, *kernel = c.shape(weight)
    columns = columns_of(c, op, input, kernel, stride, padding, dilation, groups, op.shape[2:])
    if columns is None:
        return None
    shape = (f, *op.shape[2:], op.shape[0])
    out = c.add(np.matmul, (matrix(c, op, weight), columns), (f, math.prod(shape[1:])), op)
    if bias is not None:
        out = c.add(np.add, (out, reshaped(c, op, bias, (f, 1))), c.shape(out), op)
    return with_images_first(c, op, reshaped(c, op, out, shape))


def convolution_to_weight(
    c: Code, op: Op, input: Any, grad: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """`conv2d_weight`: the gradient times the same columns, transposed."""
    kernel = pair("kernel_size", kernel_size, 1)
    columns = columns_of(c, op, input, kernel, stride, padding, dilation, groups, c.shape(grad)[2:])
    if columns is None:
        return None
    g = matrix(c, op, with_images_last(c, op, grad))
    length, pixels = c.shape(columns)
    across = c.add(np.transpose, (columns,), (pixels, length), op)
    return reshaped(c, op, c.add(np.matmul, (g, across), (op.shape[0], length), op), op.shape)


def convolution_back(
    c: Code, op: Op, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int,
    dilation: Any,
) -> Any:  # fmt: skip
    """`conv_transpose2d`: the kernels' matrix, transposed, times the images; and each window is added to its pixels."""
    (_, channels, *kernel), (n, _, *size) = c.shape(weight), c.shape(input)
    stride, dilation, extra = pair("stride", stride, 1), pair("dilation", dilation, 1), pair("extra", output_padding, 0)
    shape = (channels, *kernel, *size, n)
    if groups != 1 or too_large(shape, op):
        return None
    rows = matrix(c, op, weight)
    across = c.add(np.transpose, (rows,), c.shape(rows)[::-1], op)
    g = matrix(c, op, with_images_last(c, op, input))
    columns = c.add(np.matmul, (across, g), (c.shape(rows)[1], c.shape(g)[1]), op)
    whole = [(m - 1) * s + d * (k - 1) + 1 + e for m, s, d, k, e in zip(size, stride, dilation, kernel, extra)]
    steps = {"stride": stride, "dilation": dilation, "shape": (channels, *whole, n)}
    out = c.add(overlapped, (reshaped(c, op, columns, shape),), (channels, *whole, n), op, steps)
    around = margins(padding, kernel, stride, dilation)
    if any(map(any, around)):
        inside = tuple(slice(before, m - after) for m, (before, after) in zip(whole, around))
        out = c.add(operator.getitem, (out, (slice(None), *inside)), (channels, *op.shape[2:], n), op)
    if bias is not None:
        out = c.add(np.add, (out, reshaped(c, op, bias, (channels, 1, 1, 1))), c.shape(out), op)
    return with_images_first(c, op, out)


def columns_of(
    c: Code, op: Op, images: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, groups: int, size: Any
) -> Any:
    """The windows of images as the columns of a matrix; None if they are not kept as one."""
    stride, dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
    n, channels, *pixels = c.shape(images)
    shape = (channels, *kernel, *size, n)
    if groups != 1 or too_large(shape, op):
        return None
    x = with_images_last(c, op, images)
    around = margins(padding, kernel, stride, dilation)
    if any(map(any, around)):
        inside = (slice(None), *(slice(before, before + m) for m, (before, _) in zip(pixels, around)))
        larger = (channels, *(m + sum(pad) for m, pad in zip(pixels, around)), n)
        x = c.add(placed_at, (x,), larger, op, {"index": inside, "shape": larger})
    steps = {"kernel": tuple(kernel), "stride": stride, "dilation": dilation, "size": tuple(size)}
    return reshaped(c, op, c.add(windows, (x,), shape, op, steps), (math.prod(shape[:3]), math.prod(shape[3:])))


def too_large(shape: tuple[int, ...], op: Op) -> bool:
    return math.prod(shape) * np.dtype(op.dtype).itemsize > MOST_BYTES


# --- poolings ---------------------------------------------------------------------------------------------------------------


def largest_of_windows(c: Code, op: Op, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
                       ceil_mode: bool) -> Any:  # fmt: skip
    """`max_pool2d`: the larger of two slices, and of that and a third, and so on."""
    places = places_of(c, input, kernel_size, stride, padding, dilation, ceil_mode)
    if places is None:
        return None
    x = with_images_last(c, op, input)
    made = c.op(x)
    if made is None or made.function is not relu:
        return with_images_first(c, op, chained(c, op, np.maximum, x, places))
    pooled = chained(c, op, np.maximum, made.args[0], places)
    return with_images_first(c, op, c.add(relu, (pooled,), c.shape(pooled), op))


def means_of_windows(c: Code, op: Op, input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
                     count_include_pad: bool) -> Any:  # fmt: skip
    """`avg_pool2d`: the sum of slices, over how many they are."""
    places = places_of(c, input, kernel_size, stride, padding, 1, ceil_mode)
    if places is None:
        return None
    total = chained(c, op, np.add, with_images_last(c, op, input), places)
    return with_images_first(c, op, c.add(np.divide, (total, float(len(places))), c.shape(total), op))


def spread_over_windows(c: Code, op: Op, g: Any, which: Any, shape: Any, kernel_size: Any, stride: Any, padding: Any,
                        dilation: Any, ceil_mode: bool) -> Any:  # fmt: skip
    """The gradient of a pooling: to the first of the largest pixels of each window, or to all of them."""
    places = places_of(c, shape, kernel_size, stride, padding, dilation, ceil_mode)
    if places is None:
        return None
    g, whole = with_images_last(c, op, g), (*op.shape[1:], op.shape[0])
    if which is None:
        out = c.add(placed_at, (g,), whole, op, {"index": places[0], "shape": whole})
        for place in places[1:]:
            out = c.add(added_at, (out, g), whole, op, {"index": place})
        return with_images_first(c, op, out)
    chosen = c.op(which)
    if chosen is None or chosen.function is not largest:
        return None
    x, top = (with_images_last(c, op, arg) for arg in chosen.args[:2])
    return with_images_first(c, op, c.add(to_largest, (g, x, top), whole, op, {"places": places}))


def places_of(c: Code, images: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    """For each pixel of a window, the slice of images that has it of all windows; None if windows reach over the edge."""
    shape = images if isinstance(images, tuple) else c.shape(images)
    around, pixels = grid("max_pool2d", shape, kernel, stride, padding, dilation, ceil_mode)
    if any(map(any, around)) or not 1 < len(pixels) <= MOST_PIXELS:
        return None
    return tuple((slice(None), *pixel[-2:]) for pixel in pixels)


def chained(c: Code, op: Op, function: Any, x: Any, places: Any) -> Any:
    """A function of two arguments, of the first two slices, and then of what it gave and the next slice."""
    shape = (*op.shape[1:], op.shape[0])
    found, *others = (c.add(operator.getitem, (x, place), shape, op) for place in places)
    for other in others:
        found = c.add(function, (found, other), shape, op)
    return found


# --- where the images are ---------------------------------------------------------------------------------------------------


def with_images_last(c: Code, op: Op, value: Any) -> Any:
    """Images in the form in which the program keeps them."""
    made, (n, *shape) = c.op(value), c.shape(value)
    if has_images_first(made):
        return made.args[0]  # type: ignore[union-attr]
    if made is not None and made.function is np.reshape and c.shape(made.args[0]) == (n, math.prod(shape)):
        product = c.op(made.args[0])  # of matrices, with a row for each image: it can give a column for each instead
        if product is not None and product.function is np.matmul and all(len(c.shape(arg)) == 2 for arg in product.args):
            left, right = (across(c, op, arg) for arg in product.args)
            return reshaped(c, op, c.add(np.matmul, (right, left), (math.prod(shape), n), op), (*shape, n))
    turned = c.add(np.transpose, (value,), (*shape, n), op, {"axes": LAST}, c.dtype(value))
    return c.add(in_order, (turned,), (*shape, n), op, dtype=c.dtype(value))


def with_images_first(c: Code, op: Op, value: Any) -> Any:
    """The same images as (N, C, H, W), as a view."""
    *shape, n = c.shape(value)
    return c.add(np.transpose, (value,), (n, *shape), op, {"axes": FIRST}, c.dtype(value))


def has_images_first(op: Op | None) -> bool:
    return op is not None and op.function is np.transpose and op.keywords.get("axes") == FIRST


def moved_outwards(c: Code, op: Op) -> Any:
    """A call on a transpose, as the transpose of a call."""
    f, args = op.function, op.args
    turned = [has_images_first(c.op(arg)) for arg in args]
    if not any(turned):
        return None
    if f in (np.sum, np.mean, np.max, np.min) and set(op.keywords) <= {"axis", "keepdims"}:
        return reduced(c, op)
    if f is np.reshape and op.shape == (c.shape(args[0])[0], math.prod(c.shape(args[0])[1:])):
        return across(c, op, reshaped(c, op, c.op(args[0]).args[0], op.shape[::-1]))  # type: ignore[union-attr]
    elementwise = (isinstance(f, np.ufunc) and f.nout == 1 and f is not np.matmul) or f in (relu, np.where)
    whole = [c.shape(arg) == op.shape for arg in args]
    if not elementwise or op.keywords or not any(t and w for t, w in zip(turned, whole)):
        return None
    inner = tuple(partner(c, op, arg) for arg in args)
    if f is np.where and (found := pooled_first(c, op, *inner)) is not None:
        return with_images_first(c, op, found)
    return with_images_first(c, op, c.add(f, inner, (*op.shape[1:], op.shape[0]), op))


def partner(c: Code, op: Op, value: Any) -> Any:
    """An argument of a call that works element by element, in the form of the images."""
    shape = c.shape(value)
    if is_number(value) or shape == ():
        return value
    n, *rest = (1,) * (4 - len(shape)) + shape
    return with_images_last(c, op, value) if n != 1 else reshaped(c, op, value, (*rest, 1))


def pooled_first(c: Code, op: Op, mask: Any, value: Any, other: Any) -> Any:
    """The gradient of ``max_pool2d(relu(x))`` as that of ``relu(max_pool2d(x))``: the mask of relu is that of the maxima."""
    compared, back = c.op(mask), c.op(value)
    if compared is None or back is None or back.function is not to_largest or compared.function is not np.greater:
        return None
    (g, x, top), rectified = back.args, c.op(back.args[1])
    positive = compared.args[0] == x and is_zero(c, compared.args[1]) and is_zero(c, other)
    if not positive or rectified is None or rectified.function is not relu:
        return None
    pooled = c.op(top)
    if pooled is None or pooled.function is not relu:
        return None
    above = c.add(np.greater, (top, compared.args[1]), c.shape(top), op, dtype="bool")
    g = c.add(np.where, (above, g, other), c.shape(top), op)
    return c.add(to_largest, (g, rectified.args[0], pooled.args[0]), back.shape, op, back.keywords)


def reduced(c: Code, op: Op) -> Any:
    """A sum, or the largest, over some axes of images."""
    y = c.op(op.args[0]).args[0]  # type: ignore[union-attr]
    over, shape = axes_of(op.keywords.get("axis"), 4), c.shape(y)
    axes = tuple(sorted((axis - 1) % 4 for axis in over))
    if op.keywords.get("keepdims"):
        kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
        return with_images_first(c, op, c.add(op.function, (y,), kept, op, {"axis": axes, "keepdims": True}))
    if axes == (1, 2, 3):
        return c.add(op.function, (matrix(c, op, y),), op.shape, op, {"axis": 1})
    found = tuple(n for i, n in enumerate(shape) if i not in axes)
    out = c.add(op.function, (y,), found, op, {"axis": axes} if found else {})
    if 3 in axes or len(found) < 2:
        return out
    return c.add(np.transpose, (out,), op.shape, op, {"axes": (len(found) - 1, *range(len(found) - 1))})


# --- shapes -----------------------------------------------------------------------------------------------------------------


def reshaped(c: Code, op: Op, value: Any, shape: tuple[int, ...]) -> Any:
    if c.shape(value) == shape:
        return value
    return c.add(np.reshape, (value,), shape, op, {"shape": shape}, c.dtype(value))


def matrix(c: Code, op: Op, value: Any) -> Any:
    """An array with all axes after the first as one."""
    n, *rest = c.shape(value)
    return reshaped(c, op, value, (n, math.prod(rest)))


def across(c: Code, op: Op, value: Any) -> Any:
    """The transpose of a matrix."""
    made = c.op(value)
    if made is not None and made.function is np.transpose:
        return made.args[0]
    return c.add(np.transpose, (value,), c.shape(value)[::-1], op, dtype=c.dtype(value))


RULES: dict[Any, Callable[..., Any]] = {
    conv2d: convolution, conv2d_weight: convolution_to_weight, conv_transpose2d: convolution_back,
    max_pool2d: largest_of_windows, avg_pool2d: means_of_windows, spread: spread_over_windows,
}  # fmt: skip
