"""Shifts and scales numbers to mean 0 and variance 1 along some axes, for layer norm and batch norm.

Layer norm standardizes each sample over its features (Ba, Kiros and Hinton 2016), batch norm each feature over the samples of
a batch (Ioffe and Szegedy 2015).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...operands import in_floats
from ...registry import derivative, primitive


@primitive
def standardize(x: Any, axis: Any = -1, eps: float = 1e-5) -> Any:
    """(x - mean) / √(variance + eps) over `axis`, a number or several. The variance is the mean of (x - mean)².

    >>> import numpy as np
    >>> standardize(np.array([1.0, 2.0, 3.0]), eps=0.5).round(3).tolist()      # the variance is 2/3
    [-0.926, 0.0, 0.926]
    """
    x = in_floats(x)
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return centred / np.sqrt(np.mean(centred * centred, axis=axis, keepdims=True) + eps)


def layer_norm(x: Any, normalized_shape: tuple[int, ...], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Each sample standardized over its last axes, which have the shape `normalized_shape`; then times weight, plus bias.

    >>> import numpy as np
    >>> layer_norm(np.array([[1.0, 3.0]]), (2,), np.array([10.0, 10.0]), eps=0.0).tolist()
    [[-10.0, 10.0]]
    """
    out = standardize(x, axis=tuple(range(-len(normalized_shape), 0)), eps=eps)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def standardize_rule(g: Any, x: Any, out: Any, axis: Any, eps: float) -> Any:
    """As out = (x - mean) / σ, with σ² = mean((x - mean)²) + eps: the gradient is

        (g - mean(g) - out · mean(g · out)) / σ

    The first part comes directly from x. The second comes through the mean, which is subtracted from every element. The third
    comes through σ: the slope of σ in x is out / n, and the slope of out in σ is -out / σ.
    """
    sigma = np.sqrt(np.var(x, axis=axis, keepdims=True) + eps)
    return (g - np.mean(g, axis=axis, keepdims=True) - out * np.mean(g * out, axis=axis, keepdims=True)) / sigma


derivative(standardize, x=standardize_rule)
