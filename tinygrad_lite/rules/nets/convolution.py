"""Convolution of images: three functions that are each other's derivatives.

A kernel slides over the images, and each result is the sum of the pixels under it, times the numbers of the kernel. With
images x of shape (N, C, H, W), and a weight w of shape (F, C, kh, kw), which holds a kernel for each of F results::

    for n, f, v, u in positions of the result:
        for c, i, j in positions of one kernel:
            out[n, f, v, u] += w[f, c, i, j] * x[n, c, v * stride + i * dilation, u * stride + j * dilation]

The backward pass runs the same loop. The gradient g of the result has the shape of `out`. Each pixel gets g times the number
of the kernel that it was multiplied by, and each number of the kernel gets g times its pixel::

    dx[n, c, v * stride + i * dilation, u * stride + j * dilation] += w[f, c, i, j] * g[n, f, v, u]      conv_transpose2d
    dw[f, c, i, j] += g[n, f, v, u] * x[n, c, v * stride + i * dilation, u * stride + j * dilation]      conv2d_weight

So all three come from one sum of products w x g: each leaves out one factor. A derivative of one of them puts back the factor
that it left out, and leaves out another one. So the table below needs only these three functions, for derivatives of any
order.

They are computed as matrix products (Chellapilla, Puri and Simard, High performance convolutional neural networks for
document processing, 2006): all windows of an image, written as the columns of a matrix, times the kernels as its rows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import messages
from ...operands import in_floats
from ...registry import derivative, primitive

# --- the three functions ----------------------------------------------------------------------------------------------


@primitive
def conv2d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Slide each kernel of `weight` over the images, and sum up the products (a cross-correlation, as in PyTorch).

    input:    images (N, C, H, W), or a single one (C, H, W)
    weight:   (F, C / groups, kh, kw): one kernel for each of the F channels of the result
    bias:     (F,), a number to add to each channel of the result
    stride:   how far the kernel moves from one result to the next. This and the next two are a number, or a pair for
              height and width
    padding:  how many zeros are put around the images; also "valid" (none), "same" (as many as make the result as large
              as the images), or a pair of pairs ((top, bottom), (left, right))
    dilation: how far apart the pixels are that a kernel is multiplied with
    groups:   the channels are cut into so many groups, each with kernels of its own

    The result has shape (N, F, ⌊(H + 2 padding - dilation (kh - 1) - 1) / stride⌋ + 1, the same with W and kw), and the dtype
    of the product of input and weight. Raises ValueError where shapes do not fit.

    >>> import numpy as np
    >>> image, edge = np.array([[[0.0, 0.0, 5.0, 5.0]]]), np.array([[[[-1.0, 1.0]]]])
    >>> conv2d(image, edge).tolist()
    [[[0.0, 5.0, 0.0]]]
    """
    x, weight = images("conv2d", input), kernels("conv2d", weight)
    (f, c, *kernel), (n, channels, *_) = weight.shape, x.shape
    stride, dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
    check_groups("conv2d", f, groups)
    if channels != c * groups:
        raise messages.other_channels("conv2d", input, weight, groups, c * groups)
    x = padded(x, margins(padding, kernel, stride, dilation))
    size = fitting("conv2d", x.shape[2:], kernel, stride, dilation)
    columns = windows(x, kernel, stride, dilation, size).reshape(n, groups, c * kernel[0] * kernel[1], size[0] * size[1])
    out = weight.reshape(groups, f // groups, columns.shape[2]) @ columns
    return with_bias("conv2d", out.reshape(n, f, *size), bias).reshape(*np.shape(input)[:-3], f, *size)


@primitive
def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Put a kernel at each pixel of the images, times that pixel, and add up what overlaps: the gradient of `conv2d`.

    input:          images (N, F, H, W), or a single one (F, H, W)
    weight:         (F, C / groups, kh, kw), the shape that `conv2d` takes to make F channels of C
    bias:           (C,), a number to add to each channel of the result
    output_padding: so many rows and columns more, at the end. With a stride, a convolution makes several sizes equally
                    small, and this chooses among them

    stride, padding, dilation and groups are those of the `conv2d` that makes images as small as `input` of the result.
    The result has shape (N, C, (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1, the same with W and kw).
    Raises ValueError where shapes do not fit.

    >>> import numpy as np
    >>> conv_transpose2d(np.array([[[1.0, 10.0]]]), np.array([[[[1.0, 2.0, 3.0]]]])).tolist()
    [[[1.0, 12.0, 23.0, 30.0]]]
    """
    x, weight = images("conv_transpose2d", input), kernels("conv_transpose2d", weight)
    (f, c, *kernel), (n, channels, *size) = weight.shape, x.shape
    stride, dilation, extra = (
        pair("stride", stride, 1),
        pair("dilation", dilation, 1),
        pair("output_padding", output_padding, 0),
    )
    check_groups("conv_transpose2d", f, groups)
    if channels != f:
        raise messages.other_channels("conv_transpose2d", input, weight, groups, f)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise messages.output_padding_too_large(output_padding, stride, dilation)
    whole = [(n - 1) * s + d * (k - 1) + 1 + e for n, s, d, k, e in zip(size, stride, dilation, kernel, extra)]
    if stride == (1, 1) and math.isfinite(weight.sum()):  # 0 · inf would be nan
        x, size = padded(x, ((0, 0), (0, whole[1] - size[1]))), [size[0], whole[1]]
    x = x.reshape(n, groups, f // groups, size[0] * size[1])
    columns = weight.reshape(groups, f // groups, c * kernel[0] * kernel[1]).swapaxes(1, 2) @ x
    columns = columns.reshape(n, groups * c, *kernel, *size)
    by_rows = stride == (1, 1) and size[1] == whole[1]
    out = (summed_rows if by_rows else summed_windows)(columns, whole, stride, dilation)
    out = cut(out, margins(padding, kernel, stride, dilation))
    return with_bias("conv_transpose2d", out, bias).reshape(*np.shape(input)[:-3], *out.shape[1:])


@primitive
def conv2d_weight(
    input: Any, grad: Any, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """The gradient of `conv2d` with respect to its weight, for images (N, C, H, W) and a gradient (N, F, …) of the result.

    `kernel_size` is (kh, kw); all else is as in `conv2d`. The result has shape (F, C / groups, kh, kw): each of its numbers
    is the sum of the products of all pixels that met one number of a kernel with the gradients of the results.

    >>> import numpy as np
    >>> conv2d_weight(np.array([[[1.0, 2.0, 4.0]]]), np.array([[[1.0, 10.0]]]), (1, 2)).tolist()
    [[[[21.0, 42.0]]]]
    """
    x, g = images("conv2d_weight", input), images("conv2d_weight", grad)
    (n, f, *size), c = g.shape, x.shape[1] // groups
    kernel, stride, dilation = pair("kernel_size", kernel_size, 1), pair("stride", stride, 1), pair("dilation", dilation, 1)
    x = padded(x, margins(padding, kernel, stride, dilation))
    most = fitting("conv2d_weight", x.shape[2:], kernel, stride, dilation)
    if n != len(x) or any(m > k for m, k in zip(size, most)):
        raise messages.other_gradient(np.shape(grad), (len(x), f, *most))
    length = c * kernel[0] * kernel[1]
    columns = windows(x, kernel, stride, dilation, size).reshape(n, groups, length, size[0] * size[1])
    g = g.reshape(n, groups, f // groups, size[0] * size[1])
    if f // groups <= size[0] * size[1]:  # a product for each image, and their sum
        out = np.sum(g @ columns.swapaxes(2, 3), axis=0)
    else:  # for images so small, these products would take more memory than all columns in one matrix
        rows = columns.transpose(1, 0, 3, 2).reshape(groups, n * size[0] * size[1], length)
        out = g.transpose(1, 2, 0, 3).reshape(groups, f // groups, n * size[0] * size[1]) @ rows
    return out.reshape(f, c, *kernel)


# --- the table --------------------------------------------------------------------------------------------------------

# fmt: off
derivative(conv2d,
    input=lambda g, weight, shape, stride, padding, dilation, groups:
        images_rule(g, weight, shape, stride, padding, dilation, groups),
    weight=lambda g, input, shape, stride, padding, dilation, groups:
        conv2d_weight(input, g, shape[2:], stride, padding, dilation, groups),
    bias=lambda g: sum_of_channels(g))
derivative(conv_transpose2d,
    input=lambda g, weight, shape, stride, padding, dilation, groups:
        results_rule(g, weight, shape, stride, padding, dilation, groups),
    weight=lambda g, input, shape, stride, padding, dilation, groups:
        conv2d_weight(g, input, shape[2:], stride, padding, dilation, groups),
    bias=lambda g: sum_of_channels(g), ignore=["output_padding"])
derivative(conv2d_weight,
    input=lambda g, grad, shape, stride, padding, dilation, groups:
        images_rule(grad, g, shape, stride, padding, dilation, groups),
    grad=lambda g, input, shape, stride, padding, dilation, groups:
        results_rule(input, g, shape, stride, padding, dilation, groups), ignore=["kernel_size"])
# fmt: on

# --- what the table is written with -----------------------------------------------------------------------------------


def images_rule(g: Any, weight: Any, shape: tuple[int, ...], stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """A gradient of the results of a convolution, sent back to images of `shape`.

    `output_padding` gives the rows and columns at the end that the kernel did not reach, because of the stride.
    """
    kernel, stride, dilation = weight.shape[2:], pair("stride", stride, 1), pair("dilation", dilation, 1)
    around = margins(padding, kernel, stride, dilation)
    reached = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(g.shape[-2:], stride, dilation, kernel)]
    left = tuple(n + sum(pad) - r for n, pad, r in zip(shape[-2:], around, reached))
    return conv_transpose2d(g, weight, None, stride, around, left, groups, dilation)


def results_rule(x: Any, weight: Any, shape: tuple[int, ...], stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """A convolution whose result has `shape`: what `conv_transpose2d` did not use is cut off.

    Its output_padding, if it is larger than the stride, adds rows that the kernel would reach in one more step.
    """
    out = conv2d(x, weight, None, stride, padding, dilation, groups)
    return out if out.shape == shape else out[..., : shape[-2], : shape[-1]]


def sum_of_channels(g: Any) -> Any:
    """A bias is added to all pixels of its channel, in all images, so it gets the sum of their gradients."""
    return np.sum(g, axis=(-2, -1) if g.ndim == 3 else (0, -2, -1))


# --- what the three functions are written with ------------------------------------------------------------------------


def images(name: str, x: Any) -> Any:
    """The images in floating point, with an axis for N, which a single one does not have."""
    x = in_floats(np.asarray(x))
    if x.ndim not in (3, 4):
        raise messages.not_images(name, x)
    if 0 in x.shape[-2:]:
        raise messages.no_pixels(name, x)
    return x[None] if x.ndim == 3 else x


def kernels(name: str, weight: Any) -> Any:
    """The weight in floating point; it has to have four axes."""
    weight = in_floats(np.asarray(weight))
    if weight.ndim != 4:
        raise messages.not_a_kernel(name, weight)
    return weight


def check_groups(name: str, channels: int, groups: int) -> None:
    """Raises ValueError if the channels of a weight cannot be cut into so many groups."""
    if groups < 1 or channels % groups:
        raise messages.uneven_groups(name, channels, groups)


def pair(name: str, value: Any, least: int) -> tuple[int, int]:
    """A number for height and width, or one for each, as a pair."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(values) != 2 or not all(isinstance(v, (int, np.integer)) and v >= least for v in values):
        raise messages.not_a_pair(name, value, least)
    return int(values[0]), int(values[1])


def margins(padding: Any, kernel: Any, stride: Any, dilation: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many zeros are put around the images: ((top, bottom), (left, right))."""
    if padding == "valid":
        padding = 0
    if padding == "same":
        if stride != (1, 1):
            raise messages.same_with_stride(stride)
        h, w = (d * (k - 1) for d, k in zip(dilation, kernel))
        return (h // 2, h - h // 2), (w // 2, w - w // 2)
    if isinstance(padding, (tuple, list)) and all(isinstance(each, (tuple, list)) for each in padding):
        return pair("padding", padding[0], 0), pair("padding", padding[1], 0)
    h, w = pair("padding", padding, 0)
    return (h, h), (w, w)


def padded(x: Any, around: Any, value: float = 0) -> Any:
    """The images with `value` around them."""
    (top, bottom), (left, right) = around
    if not (top or bottom or left or right):
        return x
    n, c, h, w = x.shape
    larger = np.full((n, c, top + h + bottom, left + w + right), value, x.dtype)
    larger[:, :, top : top + h, left : left + w] = x
    return larger


def cut(x: Any, around: Any) -> Any:
    """The images without what is around them: the opposite of `padded`, and its gradient."""
    (top, bottom), (left, right) = around
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


def fitting(name: str, size: Any, kernel: Any, stride: Any, dilation: Any) -> tuple[int, int]:
    """How many places a kernel has in images of this size: down, and across."""
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    if any(e > s for e, s in zip(extent, size)):
        raise messages.kernel_too_large(name, size, extent)
    h, w = ((n - e) // s + 1 for n, e, s in zip(size, extent, stride))
    return h, w


def windows(x: Any, kernel: Any, stride: Any, dilation: Any, size: Any) -> Any:
    """What each number of a kernel meets in each of its places, (N, C, kh, kw, *size); this copies nothing."""
    n, c, down, across = x.strides
    steps = (n, c, down * dilation[0], across * dilation[1], down * stride[0], across * stride[1])
    return np.lib.stride_tricks.as_strided(x, (*x.shape[:2], *kernel, *size), steps, writeable=False)


def summed_windows(columns: Any, size: Any, stride: Any, dilation: Any) -> Any:
    """Images in which each pixel is the sum of its copies in `windows`: the gradient of that function."""
    n, c, kh, kw, h, w = columns.shape
    out = np.zeros((n, c, *size), columns.dtype)
    for i in range(kh):
        for j in range(kw):
            out[places((i, j), (h, w), stride, dilation)] += columns[:, :, i, j]
    return out


def summed_rows(columns: Any, size: Any, stride: Any, dilation: Any) -> Any:
    """The same with a stride of 1, for windows as wide as the images, with zeros at the end of each row.

    What one number of a kernel adds to an image is then a single run in memory, and not many short ones.
    """
    n, c, kh, kw, h, w = columns.shape
    pixels = size[0] * w
    out = np.zeros((n, c, pixels + (kw - 1) * dilation[1]), columns.dtype)  # the zeros of the last row reach over the end
    for i in range(kh):
        for j in range(kw):
            start = i * dilation[0] * w + j * dilation[1]
            out[:, :, start : start + h * w] += columns[:, :, i, j].reshape(n, c, h * w)
    return out[:, :, :pixels].reshape(n, c, *size)


def places(at: Any, size: Any, stride: Any, dilation: Any) -> Any:
    """The index of the pixels that the number of a kernel at [i, j] meets in all of its places."""
    (i, j), (h, w) = (at[0] * dilation[0], at[1] * dilation[1]), size
    return ..., slice(i, i + (h - 1) * stride[0] + 1, stride[0]), slice(j, j + (w - 1) * stride[1] + 1, stride[1])


def with_bias(name: str, out: Any, bias: Any) -> Any:
    """A number added to each channel; in the memory of `out`, which nobody else has seen, if the sum has its dtype."""
    if bias is None:
        return out
    bias = np.asarray(bias)
    if bias.shape != (out.shape[1],):
        raise messages.other_bias(name, bias, out.shape[1])
    fits = np.result_type(out, bias) == out.dtype
    return np.add(out, bias[:, None, None], out=out if fits else None)
