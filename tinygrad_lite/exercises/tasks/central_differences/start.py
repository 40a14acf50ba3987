"""Compute a gradient by differences.

Chapter 2. A gradient can be measured without any formula. Move one parameter a little up, and a
little down, and see how far the result of f moves:

    (f at p[i] + step, minus f at p[i] - step) / (2 * step)

Do this for each parameter alone; the others stay where they are. The result is an array that has
as many numbers as p. Leave p itself as it is.

For f = lambda p: p[0] ** 3 and p = [2.0], the result is 12, to many digits.

Check your answer:  python -m tinygrad_lite exercises check central_differences
"""

import numpy as np


def differences(f, p):
    """The gradient of f at p. f takes an array and returns a number."""
    step = 1e-4
    return ...
