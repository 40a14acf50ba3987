"""The slope of tanh is 1 minus the square of the tanh."""

import numpy as np

import tinygrad_lite as tg


def loss(w, x, y):
    """A curve with one parameter, tanh(w x), and its mean squared error."""
    return np.mean((np.tanh(w * x) - y) ** 2)


def gradient(w, x, y):
    """How much the loss rises per unit that w rises."""
    t = np.tanh(w * x)
    error = t - y
    slope_of_square = 2 * error
    slope_of_tanh = 1 - t**2
    slope_of_product = x
    return np.mean(slope_of_square * slope_of_tanh * slope_of_product)


if __name__ == "__main__":
    x, y = np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.5, 1.0])
    tg.check_gradients(lambda w: loss(w, x, y), 0.8, gradient=lambda w: gradient(w, x, y))
    print("The gradient is right.")
