"""Write a loss: the root of the mean squared error.

Chapter 1. The loss says in one number how far a guess is from the data. Ours is the root of the
mean squared error (RMSE): take the error of each point, square it, take the mean of the squares,
and then the square root of the mean.

For the actual values [1, 2, 3] and the guess [1, 2, 6], the errors are 0, 0 and 3. The loss is the
square root of 9 / 3, which is 1.732.

Check your answer:  python -m tinygrad_lite exercises check rmse
"""

import numpy as np


def rmse(actual, guess):
    """The loss: a single number, for two arrays of the same shape."""
    return ...
