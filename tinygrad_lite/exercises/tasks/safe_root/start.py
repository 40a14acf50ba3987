"""Write a square root whose gradient is never nan.

Chapter 11. This function is the square root for numbers above 0, and 0 for all others. Its values
are right, but at 0 and below its gradient is nan: np.where computes both branches, and in the
branch that is not taken the slope of the square root is infinite or nan. 0 times this is nan.

Mend it. For [4, 0, -1] the values stay [2, 0, 0], and the gradient has to be [0.25, 0, 0].

Check your answer:  python -m tinygrad_lite exercises check safe_root
"""

import numpy as np


def safe_root(x):
    """The square root where x is above 0, and 0 elsewhere. x is an array, or a Tensor."""
    return np.where(x > 0, np.sqrt(x), 0.0)
