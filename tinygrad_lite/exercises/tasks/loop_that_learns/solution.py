"""`p -= …` changes the parameter; `p = …` only gives the name p to something else. And old gradients are cleared."""

import numpy as np

import tinygrad_lite as tg


def train(x, y, rate, epochs):
    """The a and the b after so many epochs of plain gradient descent, which starts at 0 and 0."""
    a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    for _ in range(epochs):
        loss = np.mean((a * x + b - y) ** 2)
        loss.backward()
        with tg.no_grad():
            for p in (a, b):
                p -= rate * p.grad
                p.zero_grad()
    return a.item(), b.item()
