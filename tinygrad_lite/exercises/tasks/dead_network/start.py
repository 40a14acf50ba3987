"""Make a dead network learn.

Chapter 11. A network with 16 units, relu(x @ w1 + b1) @ w2 + b2, is trained to become |x|, for x
from -2 to 2. relu turns every negative number into 0, and its slope is 0 there.

With the first parameters below, the network learns nothing. A unit whose result is 0 for all x gets
no gradient, so it never changes: it is dead. Choose better first parameters. You do not have to
train the network: the check does this, with 200 steps of Adam and the rate 0.05.

Check your answer:  python -m tinygrad_lite exercises check dead_network
"""

import numpy as np


def first_parameters(rng):
    """w1, b1, w2 and b2, of shapes (1, 16), (16,), (16, 1) and (1,). rng makes random numbers."""
    w1 = rng.normal(size=(1, 16))
    b1 = np.full(16, -20.0)
    w2 = rng.normal(size=(16, 1)) / 4
    b2 = np.zeros(1)
    return w1, b1, w2, b2
