"""Mend a loss whose arrays have different shapes.

Chapter 6. A network returns one row for each sample, so its predictions have the shape (n, 1). The
targets are a plain array of shape (n,). The loss below subtracts them, and NumPy broadcasts: it
compares every prediction with every target, and raises no error.

Mend it, so that each prediction is compared with its own target. For the predictions [[1], [2]]
and the targets [1, 2] the loss is 0.

Check your answer:  python -m tinygrad_lite exercises check shapes_in_a_loss
"""

import numpy as np


def loss(prediction, target):
    """The mean squared error of predictions of shape (n, 1) and targets of shape (n,)."""
    return np.mean((prediction - target) ** 2)
