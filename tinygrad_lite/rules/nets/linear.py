"""The linear layer, x Wᵀ + b: a matrix product and a sum, computed in one step.

Its gradients are matrix products, too. With one sample in each row of x, every weight gets the sum over all samples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

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
    return np.add(product, bias, out=product) if fits(product, bias) else product + bias


def fits(product: Any, bias: Any) -> bool:
    """Whether a sum with `bias` has the shape and dtype of the product, and so can be written in its place."""
    return (
        isinstance(product, np.ndarray)
        and getattr(bias, "dtype", None) == product.dtype
        and product.ndim > 0
        and bias.shape == product.shape[-1:]
    )


def rows(a: Any) -> Any:
    """All vectors along the last axis as the rows of one matrix."""
    return a if a.ndim == 2 else np.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))


# fmt: off
derivative(linear,  x=lambda g, weight: np.matmul(g, weight),
                    weight=lambda g, x: np.matmul(rows(g).T, rows(x)),
                    bias=lambda g: np.sum(g, axis=tuple(range(g.ndim - 1))),
           run=in_one_step)
# fmt: on
