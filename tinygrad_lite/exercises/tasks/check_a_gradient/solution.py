"""Every element is compared, relative to its own size."""

import numpy as np


def is_right(f, gradient, p):
    """True if the array `gradient` is the gradient of f at p, otherwise False. f takes an array."""
    for i in range(len(p)):
        move = np.zeros(len(p))
        move[i] = 1e-4
        slope = (f(p + move) - f(p - move)) / 2e-4
        larger = max(abs(slope), abs(gradient[i]))
        if abs(slope - gradient[i]) > 1e-5 * larger:
            return False
    return True
