"""All three paths go through tanh, so all three slopes have the factor 1 - y²."""

import numpy as np


def unit(w, x, b):
    """The result, and its slopes with respect to w, x and b: four numbers."""
    y = np.tanh(w * x + b)
    d_sum = 1 - y**2
    d_w = d_sum * x
    d_x = d_sum * w
    d_b = d_sum
    return y, d_w, d_x, d_b
