"""Functions of neural networks that NumPy does not have. Their derivatives are in the table of elementwise.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..memory import LARGE
from ..operands import in_floats
from ..registry import primitive


@primitive
def relu(x: Any) -> Any:
    """max(x, 0), elementwise. Its derivative at 0 is 0.

    >>> import numpy as np
    >>> relu(np.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    return np.maximum(x, 0)


def at_least_zero(x: Any) -> Any:
    """What `relu` computes. NumPy compares two arrays without a branch for each element, but not an array and a number."""
    if x.__class__ is np.ndarray and x.ndim and x.nbytes < LARGE and x.flags.c_contiguous:
        return np.maximum(x, np.zeros(x.shape, x.dtype))
    return np.maximum(x, 0)


@primitive
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), elementwise, with no overflow for any x.

    >>> import numpy as np
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = in_floats(x)
    small = np.exp(-np.abs(x))  # at most 1, whatever the sign of x
    return np.where(x >= 0, 1, small) / (1 + small)


@primitive
def softplus(x: Any) -> Any:
    """log(1 + exp(x)), elementwise, with no overflow for any x: a smooth relu.

    >>> import numpy as np
    >>> softplus(np.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return np.logaddexp(x, 0)
