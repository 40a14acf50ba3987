"""With b1 = 0, each unit is above 0 for half of the x, and 0 for the others. The random w1 makes them different."""

import numpy as np


def first_parameters(rng):
    """w1, b1, w2 and b2, of shapes (1, 16), (16,), (16, 1) and (1,). rng makes random numbers."""
    w1 = rng.normal(size=(1, 16))
    b1 = np.zeros(16)
    w2 = rng.normal(size=(16, 1)) / 4
    b2 = np.zeros(1)
    return w1, b1, w2, b2
