"""Find the slip in a gradient that was derived by hand.

Chapter 3. A slip is a small mistake. The gradient below was derived with pencil and paper, and one
line of it is wrong. The loss still falls with it, so nobody noticed. Find the line and mend it.

At the end of the file is a check that needs no formula. Run the file to see what it says about the
gradient:

    python find_the_slip.py

Check your answer:  python -m tinygrad_lite exercises check find_the_slip
"""

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
    slope_of_tanh = 1 - t
    slope_of_product = x
    return np.mean(slope_of_square * slope_of_tanh * slope_of_product)


if __name__ == "__main__":
    x, y = np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.5, 1.0])
    tg.check_gradients(lambda w: loss(w, x, y), 0.8, gradient=lambda w: gradient(w, x, y))
    print("The gradient is right.")
