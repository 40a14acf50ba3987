"""The functions of networks, as in ``import tinygrad_lite.nn.functional as F``: what layers compute, and the losses.

Flows in: arrays and Tensors. Flows out: a Tensor if one of them was a Tensor. A layer is one of these functions together with
its parameters, so a network can be written with either. Functions that are computed in one step have their derivatives in
`rules/`. All others are written with NumPy, so the chain rule gives their derivatives.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import messages
from ..operands import in_floats
from ..rules.activations import relu, sigmoid
from ..rules.activations import softplus as exact_softplus
from ..rules.nets.convolution import conv2d, conv_transpose2d
from ..rules.nets.linear import linear
from ..rules.nets.normalization import layer_norm, standardize
from ..rules.nets.pooling import avg_pool2d, max_pool2d
from ..rules.reductions import log_softmax as log_softmax_along
from ..rules.reductions import softmax as softmax_along
from ..tensor import Tensor
from .inputs import indices, plain
from .losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    rmse_loss,
)

__all__ = [
    "avg_pool2d", "batch_norm", "binary_cross_entropy_with_logits", "conv2d", "conv_transpose2d", "cross_entropy", "dropout",
    "elu", "embedding", "flatten", "gelu", "hinge_loss", "huber_loss", "kl_div", "l1_loss", "layer_norm", "leaky_relu",
    "linear", "log_softmax", "max_pool2d", "mse_loss", "nll_loss", "one_hot", "relu", "rmse_loss",
    "scaled_dot_product_attention", "sigmoid", "silu", "softmax", "softplus", "tanh",
]  # fmt: skip

# --- activations ------------------------------------------------------------------------------------------------------

tanh = np.tanh


def leaky_relu(input: Any, negative_slope: float = 0.01) -> Any:
    """The input where it is positive, and a little of it, negative_slope · x, where it is not (Maas, Hannun and Ng 2013).

    >>> import numpy as np
    >>> leaky_relu(np.array([-100.0, 3.0])).tolist()
    [-1.0, 3.0]
    """
    return np.where(input > 0, input, negative_slope * input)


def elu(input: Any, alpha: float = 1.0) -> Any:
    """The input where it is positive, and alpha · (exp(x) - 1) where it is not (Clevert, Unterthiner and Hochreiter 2016).

    >>> import numpy as np
    >>> elu(np.array([-1000.0, 3.0])).tolist()
    [-1.0, 3.0]
    """
    below = np.where(input > 0, 0, input)  # a large x must not reach exp, also where its result is not taken
    return np.where(input > 0, input, alpha * np.expm1(below))


def silu(input: Any) -> Any:
    """The product x · sigmoid(x) (Hendrycks and Gimpel 2016; also called swish).

    >>> import numpy as np
    >>> silu(np.array([0.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return input * sigmoid(input)


def gelu(input: Any, approximate: str = "none") -> Any:
    """The product x · Φ(x), where Φ(x) is the part of a normal distribution below x (Hendrycks and Gimpel 2016).

    approximate: "none" computes Φ with SciPy's erf; "tanh" computes ½ (1 + tanh(√(2/π) (x + 0.044715 x³))), which is close

    >>> import numpy as np
    >>> gelu(np.array([0.0, 10.0]), approximate="tanh").tolist()
    [0.0, 10.0]
    """
    if approximate == "tanh":
        return 0.5 * input * (1 + np.tanh(math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)))
    if approximate != "none":
        raise messages.no_such_approximation(approximate)
    try:
        from scipy.special import erf
    except ImportError as error:
        raise messages.not_installed("gelu", "SciPy", "scipy") from error
    return 0.5 * input * (1 + erf(input / math.sqrt(2)))


def softplus(input: Any, beta: float = 1.0) -> Any:
    """log(1 + exp(beta · x)) / beta: a smooth relu, more like it the larger beta is (Dugas et al. 2001).

    >>> import numpy as np
    >>> softplus(np.array([-1000.0, 1000.0]), beta=2).tolist()
    [0.0, 1000.0]
    """
    return exact_softplus(beta * input) / beta


def softmax(input: Any, dim: int = -1) -> Any:
    """exp(x) / Σ exp(x) along an axis: positive numbers that sum to 1 (Bridle 1990).

    >>> import numpy as np
    >>> softmax(np.array([1000.0, 1000.0])).tolist()
    [0.5, 0.5]
    """
    return softmax_along(input, axis=dim)


def log_softmax(input: Any, dim: int = -1) -> Any:
    """log(softmax(x)), computed so that it is also finite where softmax(x) is 0.

    >>> import numpy as np
    >>> log_softmax(np.array([-1000.0, 1000.0])).tolist()
    [-2000.0, 0.0]
    """
    return log_softmax_along(input, axis=dim)


# --- what layers compute ----------------------------------------------------------------------------------------------


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from start_dim to end_dim as a single one.

    >>> import numpy as np
    >>> flatten(np.zeros((32, 28, 28)), start_dim=1).shape
    (32, 784)
    """
    shape = np.shape(plain(input)) or (1,)
    axes = range(-len(shape), len(shape))
    if start_dim not in axes or end_dim not in axes or start_dim % len(shape) > end_dim % len(shape):
        raise messages.no_axes_to_flatten(shape, start_dim, end_dim)
    first, last = start_dim % len(shape), end_dim % len(shape)
    return np.reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def dropout(input: Any, p: float = 0.5, training: bool = True, seed: Any = None) -> Any:
    """In training, each number becomes 0 with probability p, and the others are divided by 1 - p, so the mean stays the same.

    So no output can depend on a single number (Srivastava et al. 2014). Without training the numbers do not change.

    >>> import numpy as np
    >>> dropout(np.ones(6), p=0.5, seed=0).tolist()
    [2.0, 0.0, 0.0, 0.0, 2.0, 2.0]
    """
    if not 0 <= p <= 1:
        raise messages.not_a_probability("p", p)
    if not training or p == 0:
        return input
    kept = np.random.default_rng(seed).random(input.shape) >= p
    return input * (kept / (1 - p if p < 1 else 1)).astype(in_floats(input).dtype)


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """Row ``weight[i]`` for each index i in `input`. The row at padding_idx gets no gradient.

    >>> import numpy as np
    >>> embedding(np.array([2, 0]), np.array([[1.0], [2.0], [3.0]])).tolist()
    [[3.0], [1.0]]
    """
    which = indices(input, len(weight), "embedding")
    rows = weight[which]
    if padding_idx is None:
        return rows
    padding = np.expand_dims(which == padding_idx % len(weight), -1)
    return np.where(padding, plain(rows), rows)


def one_hot(input: Any, num_classes: int = -1) -> np.ndarray:
    """A row for each index: 1 at the index, and 0 elsewhere.

    >>> import numpy as np
    >>> one_hot(np.array([0, 2])).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    which = np.asarray(plain(input))
    count = num_classes if num_classes >= 0 else int(which.max()) + 1
    return np.eye(count, dtype=int)[indices(which, count, "one_hot")]


def batch_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel (axis 1) with mean 0 and variance 1, then times weight, plus bias (Ioffe and Szegedy 2015).

    In training, mean and variance are those of the batch, and running_mean and running_var, constant Tensors, move towards
    them by `momentum`. Otherwise the running ones are used. The running variance is the unbiased one.

    >>> import numpy as np
    >>> batch_norm(np.array([[1.0], [3.0]]), training=True, eps=0).tolist()
    [[-1.0], [1.0]]
    """
    axes = (0, *range(2, input.ndim))
    channels = (1, -1, *[1] * (input.ndim - 2))
    if training or running_mean is None:
        values = plain(input)
        count = values.size // values.shape[1]
        if count < 2:
            raise messages.one_value_per_channel(values.shape)
        out = standardize(input, axis=axes, eps=eps)
        if running_mean is not None:
            mean, var = np.mean(values, axis=axes), np.var(values, axis=axes) * (count / (count - 1))
            running_mean.data = (1 - momentum) * running_mean.data + momentum * mean
            running_var.data = (1 - momentum) * running_var.data + momentum * var
    else:
        running = (t.data if isinstance(t, Tensor) else t for t in (running_mean, running_var))  # a trace sees `data`
        mean, var = (np.reshape(array, channels) for array in running)
        out = (input - mean) / np.sqrt(var + eps)
    out = out if weight is None else out * np.reshape(weight, channels)
    return out if bias is None else out + np.reshape(bias, channels)


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    seed: Any = None,
) -> Any:
    """For each query, the mean of the values, weighted by how well the keys fit: softmax(Q Kᵀ / √d) V (Vaswani et al. 2017).

    query (…, L, d), key (…, S, d), value (…, S, dᵥ); the result is (…, L, dᵥ).

    attn_mask: truth values (…, L, S), True where a query may use a key; or numbers, which are added to Q Kᵀ / √d
    is_causal: True if query i may use only the keys up to i
    scale:     what Q Kᵀ is multiplied with, if not by 1/√d

    >>> import numpy as np
    >>> Q, K, V = np.ones((1, 2)), np.ones((4, 2)), np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> scaled_dot_product_attention(Q, K, V).tolist()       # all keys are equal: the mean
    [[2.5]]
    """
    weights = attention_weights(query, key, attn_mask, is_causal, scale)
    return dropout(weights, dropout_p, seed=seed) @ value


def attention_weights(query: Any, key: Any, mask: Any = None, is_causal: bool = False, scale: float | None = None) -> Any:
    """The weight of each key for each query, softmax(Q Kᵀ / √d): (…, L, S), each row with the sum 1."""
    scores = (query * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)) @ np.swapaxes(key, -1, -2)
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:]) == 1, scores, -np.inf)
    if mask is not None:
        scores = np.where(plain(mask), scores, -np.inf) if mask.dtype == bool else scores + mask
    return softmax_along(scores)
