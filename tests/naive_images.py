"""Convolution and pooling as in a textbook: a loop over the results, each computed from the pixels under one kernel.

For images (N, C, H, W), of arrays or of Tensors, whose gradients are then those of the indexing, products and sums in here.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def two(value: Any) -> Any:
    return value if isinstance(value, (tuple, list)) else (value, value)


def around_of(padding: Any, kernel: Any, dilation: Any) -> Any:
    """((top, bottom), (left, right))."""
    if padding == "same":
        return [((d * (k - 1)) // 2, d * (k - 1) - (d * (k - 1)) // 2) for k, d in zip(kernel, dilation)]
    return [two(pad) for pad in two(0 if padding == "valid" else padding)]


def shaped(numbers: list[Any], shape: Any, x: Any) -> Any:
    return np.reshape(np.stack(numbers), shape) if numbers else np.zeros(shape, x.dtype) + np.sum(x)


def conv2d(x: Any, w: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    if x.ndim == 3:
        return conv2d(x[None], w, bias, stride, padding, dilation, groups)[0]
    (f, c, *k), s, d = w.shape, two(stride), two(dilation)
    x = np.pad(x, ((0, 0), (0, 0), *around_of(padding, k, d)))
    h, v = ((n - e * (m - 1) - 1) // step + 1 for n, e, m, step in zip(x.shape[2:], d, k, s))
    numbers = []
    for n, o, i, j in np.ndindex(len(x), f, h, v):
        first = o // (f // groups) * c
        rows, columns = (slice(a * step, a * step + e * (m - 1) + 1, e) for a, step, e, m in zip((i, j), s, d, k))
        numbers.append(np.sum(x[n, first : first + c, rows, columns] * w[o]) + (0 if bias is None else bias[o]))
    return shaped(numbers, (len(x), f, h, v), x)


def conv_transpose2d(
    x: Any, w: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1,
    dilation: Any = 1,
) -> Any:  # fmt: skip
    if x.ndim == 3:
        return conv_transpose2d(x[None], w, bias, stride, padding, output_padding, groups, dilation)[0]
    (f, c, *k), s, d = w.shape, two(stride), two(dilation)
    around = around_of(padding, k, d)
    size = [
        (n - 1) * step - sum(pad) + e * (m - 1) + extra + 1
        for n, step, pad, e, m, extra in zip(x.shape[2:], s, around, d, k, two(output_padding))
    ]
    numbers = []
    for n, o, *at in np.ndindex(len(x), c * groups, *size):
        number = x.dtype.type(0) if bias is None else bias[o]
        for i, j in np.ndindex(*k):
            places = [a + pad[0] - e * b for a, pad, e, b in zip(at, around, d, (i, j))]
            if all(p % step == 0 and 0 <= p // step < m for p, step, m in zip(places, s, x.shape[2:])):
                group, (row, column) = o // c, (p // step for p, step in zip(places, s))
                these = slice(group * f // groups, (group + 1) * f // groups)
                number = number + np.sum(x[n, these, row, column] * w[these, o % c, i, j])
        numbers.append(number)
    return shaped(numbers, (len(x), c * groups, *size), x)


def conv2d_weight(
    x: Any, g: Any, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    if x.ndim == 3:
        return conv2d_weight(x[None], g[None], kernel_size, stride, padding, dilation, groups)
    k, s, d, f = two(kernel_size), two(stride), two(dilation), g.shape[1]
    x, c = np.pad(x, ((0, 0), (0, 0), *around_of(padding, k, d))), x.shape[1] // groups
    numbers = []
    for o, channel, *at in np.ndindex(f, c, *k):
        rows, columns = (slice(a * e, a * e + step * (n - 1) + 1, step) for a, e, step, n in zip(at, d, s, g.shape[2:]))
        numbers.append(np.sum(g[:, o] * x[:, o // (f // groups) * c + channel, rows, columns]))
    return shaped(numbers, (f, c, *k), x)


def windows(shape: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any = 1, ceil_mode: bool = False) -> Any:
    """How many windows there are, and for each of them the index of each of its pixels, which may be outside."""
    k, p, d = two(kernel_size), two(padding), two(dilation)
    s = k if stride is None else two(stride)
    size = []
    for n, m, step, pad, e in zip(shape[-2:], k, s, p, d):
        starts = [a for a in range(0, n + pad, step) if ceil_mode or a + e * (m - 1) + 1 <= n + 2 * pad]
        while ceil_mode and len(starts) > 1 and starts[-2] + e * (m - 1) + 1 >= n + 2 * pad:
            starts.pop()  # the window before reaches the end
        size.append(len(starts))
    offsets = [(a * d[0] - p[0], b * d[1] - p[1]) for a, b in np.ndindex(*k)]
    return size, {(i, j): [(i * s[0] + a, j * s[1] + b) for a, b in offsets] for i, j in np.ndindex(*size)}


def is_inside(at: Any, shape: Any) -> bool:
    return all(0 <= a < n for a, n in zip(at, shape[-2:]))


def max_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Any:
    if x.ndim == 3:
        return max_pool2d(x[None], kernel_size, stride, padding, dilation, ceil_mode)[0]
    size, pixels = windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
    numbers = [
        np.max(np.stack([x[n, c, a, b] for a, b in pixels[i, j] if is_inside((a, b), x.shape)]))
        for n, c, i, j in np.ndindex(*x.shape[:2], *size)
    ]
    return shaped(numbers, (*x.shape[:2], *size), x)


def avg_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True
) -> Any:
    if x.ndim == 3:
        return avg_pool2d(x[None], kernel_size, stride, padding, ceil_mode, count_include_pad)[0]
    size, pixels = windows(x.shape, kernel_size, stride, padding, 1, ceil_mode)
    edge = [n + p for n, p in zip(x.shape[2:], two(padding))]  # where the padding ends
    numbers = []
    for n, c, i, j in np.ndindex(*x.shape[:2], *size):
        inside = [at for at in pixels[i, j] if is_inside(at, x.shape)]
        count = sum(a < edge[0] and b < edge[1] for a, b in pixels[i, j]) if count_include_pad else len(inside)
        numbers.append(sum(x[n, c, a, b] for a, b in inside) / count)
    return shaped(numbers, (*x.shape[:2], *size), x)


def spread(
    g: Any, which: Any, shape: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Any:
    g4 = g[None] if g.ndim == 3 else g
    _, pixels = windows(shape, kernel_size, stride, padding, dilation, ceil_mode)
    out = np.zeros((*g4.shape[:2], *shape[-2:]), g.dtype)
    for n, c, i, j in np.ndindex(*g4.shape):
        for k, at in enumerate(pixels[i, j]):
            if is_inside(at, shape) and (which is None or which[k][n, c, i, j]):
                out[(n, c, *at)] += g4[n, c, i, j]
    return out.reshape(shape)


def gathered(x: Any, which: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    x4 = x[None] if x.ndim == 3 else x
    size, pixels = windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
    out = np.zeros((*x4.shape[:2], *size), x.dtype)
    for n, c, i, j in np.ndindex(*out.shape):
        for k, at in enumerate(pixels[i, j]):
            if is_inside(at, x.shape) and (which is None or which[k][n, c, i, j]):
                out[n, c, i, j] += x4[(n, c, *at)]
    return out.reshape(*x.shape[:-2], *size)
