"""The linear layer, x Wᵀ + b: a matrix product and a sum, computed in one step.

Its gradients are matrix products, too. With one sample in each row of x, every weight gets the sum over all samples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...autograd import unbroadcast
from ...registry import derivative, primitive


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
    product = np.matmul(x, weight.T)
    if bias is None:
        return product
    if product.dtype is bias.dtype and bias.shape == product.shape[-1:]:
        product += bias
        return product
    return product + bias


def rows(a: Any) -> Any:
    """All vectors along the last axis as the rows of one matrix."""
    return a if a.ndim == 2 else np.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))


# fmt: off
derivative(linear,  x=lambda g, weight: np.matmul(g, weight),
                    weight=lambda g, x: np.matmul(rows(g).T, rows(x)),
                    bias=unbroadcast,
           run=in_one_step)
# fmt: on
