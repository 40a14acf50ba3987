"""Write a gradient check.

Chapter 11. A formula for a gradient can be wrong and still make the loss fall. Central differences
find that out: move one parameter by a small step up and down, and compare

    (f(up) - f(down)) / (2 * step)

with the number in the gradient. Differences are not exact; a difference of less than 1e-5,
relative to the larger of the two numbers, is no mistake. Gradients can be very small or very
large.

Check your answer:  python -m tinygrad_lite exercises check check_a_gradient
"""

import numpy as np


def is_right(f, gradient, p):
    """True if the array `gradient` is the gradient of f at p, otherwise False. f takes an array."""
    return ...
