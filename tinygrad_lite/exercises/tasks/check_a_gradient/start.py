"""Write a gradient check.

Chapter 11. A wrong formula for a gradient can still make the loss fall. Central differences show
that it is wrong: move one parameter up and down by a small step, and compare

    (f(up) - f(down)) / (2 * step)

with the number in the gradient. Differences are not exact, so the two numbers may differ by up to
1e-5 times the larger one of them. Gradients can be very small or very large.

Check your answer:  python -m tinygrad_lite exercises check check_a_gradient
"""

import numpy as np


def is_right(f, gradient, p):
    """True if the array `gradient` is the gradient of f at p, otherwise False. f takes an array."""
    return ...
