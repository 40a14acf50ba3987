"""Find the value that left the graph.

Chapter 6. The loss below divides a curve by its largest value, and compares the result with data.
The loss is right, but its gradient is wrong: one of the values in it is a plain number when it is
used, and no gradient can come back through a plain number.

Mend the gradient, and do not change the value of the loss.

Check your answer:  python -m tinygrad_lite exercises check value_that_left
"""

import numpy as np


def loss(w, x, y):
    """The mean squared error of exp(w x), scaled so that its largest value is 1."""
    curve = np.exp(w * x)
    largest = np.max(curve).item()
    scaled = curve / largest
    return np.mean((scaled - y) ** 2)
