"""np.max of a Tensor is a Tensor. `.item()` turned it into a plain number, which is a constant for the graph."""

import numpy as np


def loss(w, x, y):
    """The mean squared error of exp(w x), scaled so that its largest value is 1."""
    curve = np.exp(w * x)
    scaled = curve / np.max(curve)
    return np.mean((scaled - y) ** 2)
