"""Write a gradient as a program, as `tg.source` does.

Chapter 5. `tg.source` writes the gradient of a function as a NumPy program, without any Tensor. Do
it by hand, for this function:

    def f(x, y):
        product = x * y
        wave = np.sin(product)
        return wave + x**2

First compute the values forward, then the gradients backward, one line for each step. For x = 2
and y = 0 the value is 4, and the gradients are 4 and 2.

Check your answer:  python -m tinygrad_lite exercises check like_source
"""

import numpy as np


def f_and_gradient(x, y):
    """The value of f, and its two gradients as a pair."""
    product = x * y
    wave = np.sin(product)
    value = wave + x**2
    d_x = ...
    d_y = ...
    return value, (d_x, d_y)
