"""The root of the mean squared error, from the inside to the outside: error, square, mean, root."""

import numpy as np


def rmse(actual, guess):
    """The loss: a single number, for two arrays of the same shape."""
    error = guess - actual
    return np.sqrt(np.mean(error**2))
