"""Derive the gradient of a loss.

Chapter 2. Our guess is a line, a·x + b, and the loss is the mean squared error:

    loss = np.mean((a * x + b - y) ** 2)

Derive with pencil and paper the slope of the loss with respect to a, and the one with respect to b.
Write both formulas in NumPy. The check compares them with the gradient that our engine computes.

For a = 2, b = 1, x = [1, 3] and y = [0, 5] the errors are 3 and 2. The slope with respect to a is
9, and the slope with respect to b is 5.

Check your answer:  python -m tinygrad_lite exercises check line_gradient
"""

import numpy as np


def gradient(a, b, x, y):
    """The slope of the loss with respect to a, and the one with respect to b."""
    d_a = ...
    d_b = ...
    return d_a, d_b
