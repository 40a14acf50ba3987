"""A copy of p is moved, one parameter at a time. Up and down together give many more right digits than up alone."""

import numpy as np


def differences(f, p):
    """The gradient of f at p. f takes an array and returns a number."""
    step = 1e-4
    gradient = np.zeros(len(p))
    for i in range(len(p)):
        up, down = p.copy(), p.copy()
        up[i] += step
        down[i] -= step
        gradient[i] = (f(up) - f(down)) / (2 * step)
    return gradient
