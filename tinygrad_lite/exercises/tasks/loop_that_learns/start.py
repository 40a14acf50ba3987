"""Mend a training loop.

Chapter 6. This loop should fit the line a·x + b, but it learns nothing: a and b stay 0. It has two
mistakes. Because of the first one, nothing changes. When it is mended, you will see the second one:
a and b then move past the best values again and again, and never settle.

Plain descent moves each parameter by -rate times its gradient, in each epoch.

Check your answer:  python -m tinygrad_lite exercises check loop_that_learns
"""

import numpy as np

import tinygrad_lite as tg


def train(x, y, rate, epochs):
    """The a and the b after so many epochs of plain gradient descent, which starts at 0 and 0."""
    a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    for _ in range(epochs):
        loss = np.mean((a * x + b - y) ** 2)
        loss.backward()
        for p in (a, b):
            p = p - rate * p.grad
    return a.item(), b.item()
