"""The linear layer, x Wᵀ + b: a matrix product and a sum, computed in one step.

Its gradients are matrix products, too. With one sample in each row of x, every weight gets the sum over all samples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...autograd import unbroadcast
from ...registry import derivative, primitive
from ...sums import summed


@primitive
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """The sum x @ weight.T + bias, for x (..., inputs), weight (outputs, inputs), and bias (outputs,) or None.

    Its shape is (..., outputs).

    >>> import numpy as np
    >>> linear(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), np.array([5.0])).tolist()
    [16.0]
    """
    product = x @ weight.T
    return product if bias is None else product + bias


def in_one_step(x: Any, weight: Any, bias: Any = None) -> Any:
    """The same. The bias is added in the memory of the product, which nobody else has seen."""
    product = times(x, weight.T)
    if bias is None:
        return product
    if product.dtype is bias.dtype and bias.shape == product.shape[-1:]:
        product += bias
        return product
    return product + bias


def times(a: Any, b: Any) -> Any:
    """The product of two matrices. For plain matrices `dot` does the same with less ado: it saves a microsecond or two."""
    return a.dot(b) if a.__class__ is np.ndarray and a.ndim == 2 and b.__class__ is np.ndarray else np.matmul(a, b)


def rows(a: Any) -> Any:
    """All vectors along the last axis as the rows of one matrix."""
    return a if a.ndim == 2 else np.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))


def to_bias(g: Any, shape: tuple[int, ...]) -> Any:
    """Every sample uses the bias, so its gradient is the sum over the samples."""
    return summed(rows(g), (0,)) if shape == g.shape[-1:] else unbroadcast(g, shape)


# fmt: off
derivative(linear,  x=lambda g, weight: times(g, weight),
                    weight=lambda g, x: times(rows(g).T, rows(x)),
                    bias=to_bias,
           run=in_one_step)
# fmt: on
