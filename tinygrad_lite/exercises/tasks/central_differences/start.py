"""Compute a gradient by differences.

Chapter 2. A gradient can be measured without any formula. Move one parameter a little up, and a
little down, and see how far the result of f moves:

    (f at p[i] + step, minus f at p[i] - step) / (2 * step)

Do this for one parameter after the other; meanwhile the others do not move. The result is an array
with as many numbers as p. Your function must not change p itself: move the number in a copy.

For f = lambda p: p[0] ** 3 and p = [2.0], the result is 12, to many digits.

Check your answer:  python -m tinygrad_lite exercises check central_differences
"""

import numpy as np


def differences(f, p):
    """The gradient of f at p. f takes an array and returns a number."""
    step = 1e-4
    return ...
