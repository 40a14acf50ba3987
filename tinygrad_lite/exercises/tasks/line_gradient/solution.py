"""The slope of a square is twice the error; the slope of the error is x with respect to a, and 1 with respect to b."""

import numpy as np


def gradient(a, b, x, y):
    """The slope of the loss with respect to a, and the one with respect to b."""
    error = a * x + b - y
    d_a = np.mean(2 * error * x)
    d_b = np.mean(2 * error)
    return d_a, d_b
