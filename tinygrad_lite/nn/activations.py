"""Activations are the functions between two layers. Without them a network would be one matrix product.

Flows in: a Tensor of any shape. Flows out: a Tensor of the same shape, with the function of each element. (Softmax and
LogSoftmax are functions of a whole axis.) Activations have no parameters, so in a `Sequential` you can also use a function
such as ``np.tanh``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import functional as F
from .module import Module


class Identity(Module):
    """The input itself: a layer that does nothing, which can replace another one.

    >>> Identity()(5.0)
    5.0
    """

    def __call__(self, x: Any) -> Any:
        return x


class ReLU(Module):
    """The rectified linear unit, max(x, 0) (Fukushima 1969, Nair and Hinton 2010).

    >>> ReLU()(np.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """

    def __call__(self, x: Any) -> Any:
        return F.relu(x)


class LeakyReLU(Module):
    """x where x > 0, and negative_slope · x where it is not, so that a gradient always arrives (Maas et al. 2013).

    >>> LeakyReLU(0.1)(np.array([-2.0, 3.0])).tolist()
    [-0.2, 3.0]
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def __call__(self, x: Any) -> Any:
        return F.leaky_relu(x, self.negative_slope)


class ELU(Module):
    """The exponential linear unit: x where x > 0, and alpha · (exp(x) - 1) where it is not (Clevert et al. 2016).

    >>> ELU()(np.array([-1000.0, 3.0])).tolist()
    [-1.0, 3.0]
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def __call__(self, x: Any) -> Any:
        return F.elu(x, self.alpha)


class SiLU(Module):
    """The sigmoid linear unit, x · sigmoid(x) (Hendrycks and Gimpel 2016; also called swish).

    >>> SiLU()(np.array([0.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """

    def __call__(self, x: Any) -> Any:
        return F.silu(x)


class GELU(Module):
    """The Gaussian error linear unit, x · Φ(x) (Hendrycks and Gimpel 2016). It needs SciPy, unless approximate="tanh".

    >>> GELU(approximate="tanh")(np.array([0.0, 10.0])).tolist()
    [0.0, 10.0]
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def __call__(self, x: Any) -> Any:
        return F.gelu(x, self.approximate)


class Sigmoid(Module):
    """The logistic function 1 / (1 + exp(-x)), between 0 and 1 (Verhulst 1845).

    >>> Sigmoid()(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """

    def __call__(self, x: Any) -> Any:
        return F.sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent, between -1 and 1.

    >>> Tanh()(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [-1.0, 0.0, 1.0]
    """

    def __call__(self, x: Any) -> Any:
        return np.tanh(x)


class Softplus(Module):
    """The smooth relu log(1 + exp(beta · x)) / beta (Dugas et al. 2001). It is exact for every x, and needs no threshold.

    >>> Softplus()(np.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = beta

    def __call__(self, x: Any) -> Any:
        return F.softplus(x, self.beta)


class Softmax(Module):
    """exp(x) / Σ exp(x) along the axis dim: positive numbers that sum to 1 (Bridle 1990).

    A network that is trained with `cross_entropy` ends without it: that loss takes the scores themselves.

    >>> Softmax()(np.array([1000.0, 1000.0])).tolist()
    [0.5, 0.5]
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def __call__(self, x: Any) -> Any:
        return F.softmax(x, self.dim)


class LogSoftmax(Module):
    """log(softmax(x)) along the axis dim, also finite where softmax(x) is 0. Use it with `nll_loss`.

    >>> LogSoftmax()(np.array([-1000.0, 1000.0])).tolist()
    [-2000.0, 0.0]
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def __call__(self, x: Any) -> Any:
        return F.log_softmax(x, self.dim)
