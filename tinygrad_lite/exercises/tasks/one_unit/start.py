"""Derive the gradient of one unit of a network.

Chapter 8. A unit computes tanh(w·x + b). Derive with pencil and paper how its result changes with
the weight w, with the input x and with the bias b, and write the formulas down.

The slope of tanh is 1 - tanh². For w = 2, x = 0.5 and b = -0.5, the result is 0.4621. Its slope is
0.3932 with respect to w, 1.5729 with respect to x, and 0.7864 with respect to b.

Check your answer:  python -m tinygrad_lite exercises check one_unit
"""

import numpy as np


def unit(w, x, b):
    """The result, and its slopes with respect to w, x and b: four numbers."""
    y = np.tanh(w * x + b)
    d_w = ...
    d_x = ...
    d_b = ...
    return y, d_w, d_x, d_b
