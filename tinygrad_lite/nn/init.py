"""Initializers give parameters their first numbers. They have the names of ``torch.nn.init``.

Flows in: a Tensor, and a seed. Flows out: the same Tensor with a new array; the old array does not change.

Why this matters: in a deep network the numbers are multiplied by one weight matrix after the other. If each makes them a
little smaller, almost nothing is left at the end; if each makes them a little larger, they become huge. The same happens to
the gradients in the backward pass. Most initializers here choose the size of the weights so that numbers and gradients keep
their variance. For a weight of shape (out, in, …), *fan-in* is the number of inputs of an output, and *fan-out* the number of
outputs of an input.

>>> import numpy as np
>>> from tinygrad_lite import Tensor, nn
>>> w = nn.init.xavier_uniform_(Tensor(np.zeros((3, 2))), seed=0)
>>> bool(np.max(np.abs(w.data)) <= np.sqrt(6 / (2 + 3)))
True
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor

__all__ = [
    "calculate_gain", "constant_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_",
    "sparse_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, seed: Any = None) -> Tensor:
    """Random numbers between a and b, all equally likely."""
    return given(tensor, np.random.default_rng(seed).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, seed: Any = None) -> Tensor:
    """Random numbers of a normal distribution."""
    return given(tensor, np.random.default_rng(seed).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, seed: Any = None
) -> Tensor:
    """Random numbers of a normal distribution; those that are not between a and b are drawn again.

    Raises ValueError if that would take too long, because almost no numbers are between a and b.
    """
    rng, array = np.random.default_rng(seed), np.full(tensor.shape, np.nan)
    outside = np.ones(tensor.shape, bool)
    for _ in range(1000):
        array[outside] = rng.normal(mean, std, np.count_nonzero(outside))
        outside = ~((a <= array) & (array <= b))
        if not outside.any():
            return given(tensor, array)
    raise messages.nothing_between(mean, std, a, b)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """The same number everywhere."""
    return given(tensor, np.full(tensor.shape, val))


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere, as usual for a bias. Weights that are all equal stay equal, because they get equal gradients."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix: a linear layer that returns its input."""
    if tensor.ndim != 2:
        raise messages.not_a_weight("eye_", tensor)
    return given(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, seed: Any = None) -> Tensor:
    """Uniform in ±gain · √(6 / (fan_in + fan_out)): nearly keeps the variance of numbers and of gradients, for tanh.

    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
    """
    bound = gain * math.sqrt(6 / sum(fans("xavier_uniform_", tensor)))
    return uniform_(tensor, -bound, bound, seed)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, seed: Any = None) -> Tensor:
    """Normal with the variance gain² · 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(fans("xavier_normal_", tensor))), seed)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", seed: Any = None
) -> Tensor:
    """Uniform in ±gain · √(3 / fan): keeps the variance through relu, which makes half of the numbers 0.

    a:            the slope of leaky_relu where x < 0
    mode:         "fan_in" keeps the variance of the numbers, "fan_out" that of their gradients
    nonlinearity: what follows the layer; see `calculate_gain`

    He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015.
    """
    bound = math.sqrt(3) * kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, seed)


def kaiming_normal_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", seed: Any = None
) -> Tensor:
    """Normal with the variance gain² / fan (He et al. 2015). The arguments are those of `kaiming_uniform_`."""
    return normal_(tensor, 0.0, kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), seed)


def orthogonal_(tensor: Tensor, gain: float = 1.0, seed: Any = None) -> Tensor:
    """A random matrix whose rows (or columns, if there are fewer) are orthogonal and have length gain: it only rotates.

    The axes after the first count as one. Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks, 2014.

    >>> import numpy as np
    >>> w = orthogonal_(Tensor(np.zeros((2, 3))), seed=0)
    >>> np.allclose(w.data @ w.data.T, np.eye(2))
    True
    """
    if tensor.ndim < 2:
        raise messages.not_a_weight("orthogonal_", tensor)
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    normal = np.random.default_rng(seed).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diagonal(r))  # so that every rotation is equally likely
    return given(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, seed: Any = None) -> Tensor:
    """Normal, but in each column a part of the numbers, `sparsity`, is 0 (Martens 2010)."""
    if tensor.ndim != 2:
        raise messages.not_a_weight("sparse_", tensor)
    if not 0 <= sparsity <= 1:
        raise messages.not_a_probability("sparsity", sparsity)
    rng = np.random.default_rng(seed)
    array = rng.normal(0.0, std, tensor.shape)
    order = rng.permuted(np.tile(np.arange(len(array))[:, None], array.shape[1]), axis=0)
    return given(tensor, np.where(order < math.ceil(sparsity * len(array)), 0.0, array))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much larger weights have to be because of the function that follows them.

    nonlinearity: its name; param: the slope of leaky_relu where x < 0, which is 0.01 if it is not given

    >>> calculate_gain("relu")       # √2
    1.4142135623730951
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0, "conv2d": 1.0, "conv_transpose2d": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + slope**2)), "selu": 0.75,
    }  # fmt: skip
    if nonlinearity not in gains:
        raise messages.no_such_nonlinearity(nonlinearity, gains)
    return gains[nonlinearity]


def given(tensor: Tensor, array: Any) -> Tensor:
    """The Tensor, with a new array of its own dtype."""
    tensor.data = np.asarray(array, tensor.dtype)
    return tensor


def fans(name: str, tensor: Tensor) -> tuple[int, int]:
    """The number of inputs of an output, and of outputs of an input, for a weight of shape (out, in, …)."""
    if tensor.ndim < 2:
        raise messages.not_a_weight(name, tensor)
    field = math.prod(tensor.shape[2:])  # the pixels of a kernel
    return tensor.shape[1] * field, tensor.shape[0] * field


def kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """The standard deviation gain / √fan."""
    if mode not in ("fan_in", "fan_out"):
        raise messages.no_such_mode(mode)
    fan_in, fan_out = fans(name, tensor)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)
