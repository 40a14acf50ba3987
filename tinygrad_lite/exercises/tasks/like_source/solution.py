"""Each line of the backward pass belongs to a line of the forward pass, in the opposite order."""

import numpy as np


def f_and_gradient(x, y):
    """The value of f, and its two gradients as a pair."""
    product = x * y
    wave = np.sin(product)
    value = wave + x**2
    d_product = np.cos(product)  # from wave, whose gradient is 1
    d_x = d_product * y + 2 * x  # two uses, two parts
    d_y = d_product * x
    return value, (d_x, d_y)
