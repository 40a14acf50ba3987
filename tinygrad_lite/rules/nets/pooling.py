"""Pooling: each window of an image becomes one number, its largest or its mean.

A mean sends an equal part of its gradient back to each pixel of its window, and a maximum sends all of it to the pixel that
was the largest. A pixel adds up what it gets from all windows that it is in::

    for v, u in positions of the result:
        for i, j in positions of one window, or only where the largest pixel is:
            dx[v * stride + i * dilation, u * stride + j * dilation] += g[v, u]      spread
            out[v, u] += x[v * stride + i * dilation, u * stride + j * dilation]     gathered

These two are each other's derivative, like scatter and gather in indexing.py. Which pixel is the largest is a constant: it
changes in jumps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import messages
from ...protocols.calling import PLAIN, on_arrays
from ...registry import derivative, primitive
from ..elementwise import only
from .convolution import cut, images, padded, pair, places

# --- the functions ----------------------------------------------------------------------------------------------------


@primitive
def max_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Any:
    """The largest pixel of each window of the images. If several are equally large, the gradient goes to the first.

    input:       images (N, C, H, W), or a single one (C, H, W)
    kernel_size: the height and width of a window. This and the next three are a number, or a pair for height and width
    stride:      how far it is from one window to the next; None for kernel_size, so that they do not overlap
    padding:     how far windows reach over the edge; at most half of kernel_size. What is there is never the largest
    dilation:    how far apart the pixels of a window are
    ceil_mode:   with True, a window that reaches over the edge at the end counts too, if it starts inside the images

    Raises ValueError where shapes do not fit.

    >>> import numpy as np
    >>> max_pool2d(np.array([[[1.0, 2.0, 8.0, 4.0], [5.0, 3.0, 6.0, 7.0]]]), 2).tolist()
    [[[5.0, 8.0]]]
    """
    x = images("max_pool2d", input)
    around, pixels = grid("max_pool2d", x.shape, kernel_size, stride, padding, dilation, ceil_mode)
    first, *others = seen(padded(x, around, -np.inf), pixels)
    out = np.array(first)
    for pixel in others:
        np.maximum(out, pixel, out=out)
    return out.reshape(*np.shape(input)[:-2], *out.shape[-2:])


@primitive
def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window of the images.

    input, kernel_size, stride, padding, ceil_mode: as in `max_pool2d`
    count_include_pad: with True, the zeros of the padding count as pixels; with False, a mean is only of what is inside

    Raises ValueError where shapes do not fit.

    >>> import numpy as np
    >>> avg_pool2d(np.array([[[1.0, 2.0, 8.0, 4.0], [5.0, 4.0, 5.0, 7.0]]]), 2).tolist()
    [[[3.0, 6.0]]]
    """
    x = images("avg_pool2d", input)
    around, pixels = grid("avg_pool2d", x.shape, kernel_size, stride, padding, 1, ceil_mode)
    number = counts(x, x.shape, kernel_size, stride, padding, ceil_mode, count_include_pad)
    out = total(seen(padded(x, around), pixels)) / number
    return out.reshape(*np.shape(input)[:-2], *out.shape[-2:])


# --- the functions of their gradients ---------------------------------------------------------------------------------


@primitive
def spread(
    g: Any, which: Any, shape: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Any:
    """Images of `shape` in which each pixel is the sum of `g` over the windows it is in.

    `which` says for each pixel of a window, (kh kw, N, C, …), in which windows it counts; None for all.
    """
    g = images("spread", g)
    whole = (*g.shape[:2], *shape[-2:])
    around, pixels = grid("spread", whole, kernel_size, stride, padding, dilation, ceil_mode)
    larger = padded(np.zeros(whole, g.dtype), around)
    for k, pixel in enumerate(seen(larger, pixels)):
        pixel += g if which is None else only(g, which[k])
    return cut(larger, around).reshape(shape)


@primitive
def gathered(x: Any, which: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    """The sum of the pixels of each window, of all or of those that count: the derivative of `spread`."""
    shape, x = np.shape(x), images("gathered", x)
    around, pixels = grid("gathered", x.shape, kernel_size, stride, padding, dilation, ceil_mode)
    parts = seen(padded(x, around), pixels)
    out = total(parts if which is None else [only(part, there) for there, part in zip(which, parts)])
    return out.reshape(*shape[:-2], *out.shape[-2:])


def largest(input: Any, out: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    """Where the first pixel of each window is that is equal to its maximum, as `which` for `spread`."""
    x, out = images("largest", input), images("largest", out)
    around, pixels = grid("largest", x.shape, kernel_size, stride, padding, dilation, ceil_mode)
    which = np.empty((len(pixels), *out.shape), bool)
    found = np.zeros(out.shape, bool)
    for here, pixel in zip(which, seen(padded(x, around, -np.inf), pixels)):
        np.equal(pixel, out, out=here)
        np.greater(here, found, out=here)  # here, and not found before
        np.logical_or(found, here, out=found)
    return which


# --- the table --------------------------------------------------------------------------------------------------------

# fmt: off
derivative(max_pool2d,
    input=lambda g, input, out, shape, kernel_size, stride, padding, dilation, ceil_mode:
        spread(g, on_arrays(largest, input, out, kernel_size, stride, padding, dilation, ceil_mode), shape,
               kernel_size, stride, padding, dilation, ceil_mode))
derivative(avg_pool2d,
    input=lambda g, shape, kernel_size, stride, padding, ceil_mode, count_include_pad:
        means_rule(g, shape, kernel_size, stride, padding, ceil_mode, count_include_pad))
derivative(spread,
    g=lambda g, which, kernel_size, stride, padding, dilation, ceil_mode:
        gathered(g, which, kernel_size, stride, padding, dilation, ceil_mode), ignore=["shape"])
derivative(gathered,
    x=lambda g, which, shape, kernel_size, stride, padding, dilation, ceil_mode:
        spread(g, which, shape, kernel_size, stride, padding, dilation, ceil_mode))
# fmt: on

# --- what they are written with ---------------------------------------------------------------------------------------


def means_rule(
    g: Any, shape: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool
) -> Any:
    """Each pixel of a window gets an equal part of the gradient of its mean."""
    options = (shape, kernel_size, stride, padding, ceil_mode, count_include_pad)
    number = counts(g, *options)
    if np.ndim(number):  # as a call on record, which a program that is written can make again
        number = on_arrays(counts, g, *options)
    return spread(g / number, None, shape, kernel_size, stride, padding, 1, ceil_mode)


def grid(
    name: str, shape: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Any, list[Any]]:
    """What to put around images of `shape`, and for each pixel of a window the index of it in all windows."""
    kernel = pair("kernel_size", kernel_size, 1)
    stride, dilation = pair("stride", kernel if stride is None else stride, 1), pair("dilation", dilation, 1)
    pads = pair("padding", padding, 0)
    if any(2 * p > d * (k - 1) + 1 for p, k, d in zip(pads, kernel, dilation)):
        raise messages.padding_of_pool(name, padding, kernel)
    size, around = [], []
    for n, k, s, p, d in zip(shape[-2:], kernel, stride, pads, dilation):
        spare = n + 2 * p - d * (k - 1) - 1
        if spare < 0:
            extents = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
            raise messages.kernel_too_large(name, [n + 2 * p for n, p in zip(shape[-2:], pads)], extents)
        last = -(-spare // s) if ceil_mode else spare // s
        if last * s >= n + p:  # this window would start in the padding at the end
            last -= 1
        size.append(last + 1)
        around.append((p, p + max(0, last * s - spare)))
    at = [(i, j) for i in range(kernel[0]) for j in range(kernel[1])]
    return around, [places(each, size, stride, dilation) for each in at]


def seen(x: Any, pixels: Any) -> list[Any]:
    """For each pixel of a window, what it is in all windows."""
    return [x[at] for at in pixels]


def total(parts: list[Any]) -> Any:
    """The sum of arrays, in a new one."""
    out = np.array(parts[0])
    for part in parts[1:]:
        out += part
    return out


def counts(x: Any, shape: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool) -> Any:
    """How many pixels of images of `shape` each mean is of: a number if all are of as many, else an array of x's dtype.

    What `ceil_mode` adds at the end never counts.
    """
    around, pixels = grid("avg_pool2d", shape, kernel_size, stride, padding, 1, ceil_mode)
    pads = pair("padding", padding, 0)
    if around == [(p, p if count_include_pad else 0) for p in pads]:
        return len(pixels)
    h, w = shape[-2:]
    inside = np.zeros([n + sum(pad) for n, pad in zip((h, w), around)], x.dtype)
    if count_include_pad:
        inside[: h + 2 * pads[0], : w + 2 * pads[1]] = 1
    else:
        inside[pads[0] : pads[0] + h, pads[1] : pads[1] + w] = 1
    return total(seen(inside, pixels))


PLAIN |= {largest, counts}
