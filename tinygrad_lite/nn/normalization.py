"""Layers that shift and scale numbers to mean 0 and variance 1, so that a deep network can learn with larger steps.

Flows in: a batch. Flows out: numbers of the same shape, standardized over some axes, then times ``weight``, plus ``bias``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor
from . import functional as F
from .inputs import floats, plain
from .module import Module


class BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d share: everything but the shapes that they take."""

    axes: tuple[int, ...] = ()  # how many axes the input may have
    shapes = ""  # the same, in words

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = None,
    ) -> None:
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Tensor(np.ones(num_features), dtype=dtype) if affine else None
        self.bias = Tensor(np.zeros(num_features), dtype=dtype) if affine else None
        if track_running_stats:
            self.running_mean = Tensor(np.zeros(num_features), requires_grad=False, dtype=dtype)
            self.running_var = Tensor(np.ones(num_features), requires_grad=False, dtype=dtype)
            self.num_batches_tracked = Tensor(0, requires_grad=False)

    def __call__(self, x: Any) -> Any:
        floats(self, x)
        shape = np.shape(plain(x))
        if len(shape) not in self.axes or shape[1] != self.num_features:
            raise messages.not_these_channels(self, x, self.shapes)
        if not self.track_running_stats:
            return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, self.eps)
        step = self.momentum
        if self.training:
            self.num_batches_tracked.data = self.num_batches_tracked.data + 1
            step = 1 / float(self.num_batches_tracked.data) if step is None else step  # None: the mean of all batches
        running = self.running_mean, self.running_var
        return F.batch_norm(x, *running, self.weight, self.bias, self.training, step or 0.0, self.eps)


class BatchNorm1d(BatchNorm):
    """Each feature with mean 0 and variance 1 over the batch: (x - mean) / √(var + eps) · weight + bias.

    num_features: how many features there are, C
    momentum:     how far the running mean and variance move towards those of a batch; None for the mean of all batches
    affine:       False for a layer without weight and bias
    track_running_stats: False to use the mean and variance of the batch after ``eval()`` too; dtype: as for `Linear`

    In training the mean and variance are those of the batch; after ``eval()`` they are the running ones, which are buffers.
    Shapes: x (N, C) or (N, C, L), ``weight bias running_mean running_var`` (C,). Raises ValueError for other shapes, and in
    training for a batch with one value for each feature. Source: Ioffe and Szegedy, Batch normalization, 2015.

    >>> import numpy as np
    >>> layer = BatchNorm1d(1, eps=0.0)
    >>> layer(np.array([[1.0], [3.0]])).tolist()
    [[-1.0], [1.0]]
    >>> layer.running_mean          # a tenth of the way from 0 to 2
    Tensor([0.2], requires_grad=False)
    """

    axes, shapes = (2, 3), "(N, C) or (N, C, L)"


class BatchNorm2d(BatchNorm):
    """Each channel with mean 0 and variance 1 over all pixels of the batch. Everything else is as in `BatchNorm1d`.

    The shapes are x (N, C, H, W), and ``weight bias running_mean running_var`` (C,).

    >>> import numpy as np
    >>> BatchNorm2d(3)(np.ones((5, 3, 8, 8))).shape
    (5, 3, 8, 8)
    """

    axes, shapes = (4,), "(N, C, H, W)"


class LayerNorm(Module):
    """Each sample with mean 0 and variance 1 over its last axes: (x - mean) / √(var + eps) · weight + bias.

    normalized_shape:   the shape of these last axes: a number, or several
    elementwise_affine: False for a layer without weight and bias; bias: False for one without bias; dtype: as for `Linear`

    Each sample is normalized on its own, so the layer does the same in training and in use. The shapes are x (…,
    normalized_shape), and ``weight bias`` normalized_shape. Raises ValueError for other shapes. Source: Ba, Kiros and Hinton,
    Layer normalization, 2016.

    >>> import numpy as np
    >>> LayerNorm(2, eps=0.0)(np.array([[1.0, 3.0], [10.0, 30.0]])).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        shape = (normalized_shape,) if isinstance(normalized_shape, (int, np.integer)) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = Tensor(np.ones(shape), dtype=dtype) if elementwise_affine else None
        self.bias = Tensor(np.zeros(shape), dtype=dtype) if elementwise_affine and bias else None

    def __call__(self, x: Any) -> Any:
        floats(self, x)
        if np.shape(plain(x))[-len(self.normalized_shape) :] != self.normalized_shape:
            raise messages.not_these_last_axes(self, x)
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
