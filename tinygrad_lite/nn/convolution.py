"""Layers for images: convolutions look for the same small patterns everywhere, and pooling makes images smaller.

Flows in: images (N, C, H, W), a batch of N with C channels, height H and width W; or a single image (C, H, W). Flows out:
images of other sizes. The layers call the functions of `rules/nets/convolution.py` and `rules/nets/pooling.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import messages
from . import functional as F
from .inputs import floats
from .layers import uniform
from .module import Module

Pair = int | tuple[int, int]  # a number for height and width, or one for each


def pair(value: Any) -> tuple[int, int]:
    """A number for height and width, or one for each, as a pair."""
    return (value, value) if isinstance(value, (int, np.integer)) else tuple(value)


class Conv2d(Module):
    """A convolution: a kernel slides over the images, and each output is the weighted sum of the pixels under it.

    in_channels, out_channels: how many numbers a pixel has before and after
    kernel_size: how many pixels high and wide the kernel is: a number, or a pair. So are the next three
    stride:      how many pixels it moves
    padding:     how many zeros are put around the images; "same" for outputs as large as the inputs
    dilation:    how far the pixels under the kernel are from each other
    groups:      the number of groups into which the channels are divided; an output depends on one group only
    bias:        False for a layer without b; seed, dtype: as for `Linear`

    The shapes are x (N, in_channels, H, W) and output (N, out_channels, H', W') with
    H' = (H + 2 · padding - dilation · (kernel_size - 1) - 1) // stride + 1, ``weight`` (out_channels, in_channels / groups,
    height, width), ``bias`` (out_channels,). Parameters begin uniform in ±1/√(in_channels / groups · height · width).
    The source is LeCun et al., Backpropagation applied to handwritten zip code recognition, 1989.

    >>> import numpy as np
    >>> Conv2d(1, 8, 3, padding=1)(np.ones((5, 1, 28, 28))).shape
    (5, 8, 28, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        seed: Any = None,
        dtype: Any = None,
    ) -> None:
        check_groups("Conv2d", in_channels, out_channels, groups)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel_size
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        shape = (out_channels, in_channels // groups, *pair(kernel_size))
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = uniform(rng, bound, shape, dtype)
        self.bias = uniform(rng, bound, (out_channels,), dtype) if bias else None

    def __call__(self, x: Any) -> Any:
        floats(self, x)
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class ConvTranspose2d(Module):
    """A transposed convolution makes images larger: each pixel adds the kernel, times its number, to the output.

    It computes what the backward pass of `Conv2d` computes for its inputs. The arguments are those of `Conv2d`, and

    output_padding: how many rows and columns are added at the end, where several sizes are possible; less than the stride

    The shapes are x (N, in_channels, H, W) and output (N, out_channels, H', W') with
    H' = (H - 1) · stride - 2 · padding + dilation · (kernel_size - 1) + output_padding + 1, ``weight`` (in_channels,
    out_channels / groups, height, width), ``bias`` (out_channels,). Parameters begin uniform in
    ±1/√(out_channels / groups · height · width). Source: Zeiler et al., Deconvolutional networks, 2010.

    >>> import numpy as np
    >>> ConvTranspose2d(8, 1, 2, stride=2)(np.ones((5, 8, 14, 14))).shape
    (5, 1, 28, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        output_padding: Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Pair = 1,
        seed: Any = None,
        dtype: Any = None,
    ) -> None:
        check_groups("ConvTranspose2d", in_channels, out_channels, groups)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel_size
        self.stride, self.padding, self.output_padding = stride, padding, output_padding
        self.groups, self.dilation = groups, dilation
        shape = (in_channels, out_channels // groups, *pair(kernel_size))
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = uniform(rng, bound, shape, dtype)
        self.bias = uniform(rng, bound, (out_channels,), dtype) if bias else None

    def __call__(self, x: Any) -> Any:
        floats(self, x)
        return F.conv_transpose2d(
            x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


def check_groups(layer: str, in_channels: int, out_channels: int, groups: int) -> None:
    """Raise if the channels do not divide into groups."""
    for channels in (in_channels, out_channels):
        if groups < 1 or channels % groups:
            raise messages.uneven_groups(layer, channels, groups)


class MaxPool2d(Module):
    """The largest number in each window of the images: whether a pattern is there, and not exactly where.

    kernel_size: how many pixels high and wide a window is: a number, or a pair
    stride:      how many pixels it moves; None for windows side by side
    padding:     how many pixels, which count as -∞, are put around the images; dilation: as for `Conv2d`
    ceil_mode:   with True a window at the edge may be partly outside

    The shapes are as for `Conv2d`, with as many channels as before. The gradient goes to the first of the largest numbers.
    The source is Yamaguchi et al., A neural network for speaker-independent isolated word recognition, 1990.

    >>> import numpy as np
    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[5.0, 7.0], [13.0, 15.0]]]
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.dilation, self.ceil_mode = dilation, ceil_mode

    def __call__(self, x: Any) -> Any:
        floats(self, x)
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)


class AvgPool2d(Module):
    """The mean of each window of the images.

    count_include_pad: with False the zeros around the images do not count. The other arguments are those of `MaxPool2d`

    The source is LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.

    >>> import numpy as np
    >>> AvgPool2d(2)(np.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[2.5, 4.5], [10.5, 12.5]]]
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def __call__(self, x: Any) -> Any:
        floats(self, x)
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
