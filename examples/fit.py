"""A file for the command: the loss says how wrong the guess 2x² + 3x + 4 is for the curve 5x² - 3x + 3.

    python -m tinygrad_lite draw examples/fit.py:fit
    python -m tinygrad_lite explain examples/fit.py:fit --wrt a
    python -m tinygrad_lite step examples/fit.py:fit --element 99
    python -m tinygrad_lite source examples/fit.py:fit
    python -m tinygrad_lite check examples/fit.py:fit --gradient by_hand

The command calls `fit` with the variables that have the names of its parameters: a, b and c, which are Tensors because
gradients are taken with respect to them, and the data x and actual. If you run the file itself, it prints the loss and the
gradient.
"""

# ruff: noqa: RET504  (the loss gets a name before it is returned, under which the views show it)

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_lite as tg


def quad(a: Any, b: Any, c: Any, x: Any) -> Any:
    return a * x**2 + b * x + c


def rmse(actual: Any, guess: Any) -> Any:
    error = guess - actual
    return np.sqrt(np.mean(error**2))


def fit(a: Any, b: Any, c: Any, x: Any, actual: Any) -> Any:
    guess = quad(a, b, c, x)
    loss = rmse(actual, guess)
    return loss


def by_hand(a: Any, b: Any, c: Any, x: Any, actual: Any) -> Any:
    """The gradient of `fit` in a, b and c, worked out on paper with the chain rule."""
    error = quad(a, b, c, x) - actual
    loss = np.sqrt(np.mean(error**2))
    return np.mean(error * x**2) / loss, np.mean(error * x) / loss, np.mean(error) / loss


x = np.linspace(-5, 5, 100)
actual = quad(5, -3, 3, x)
a, b, c = tg.Tensor(2.0), tg.Tensor(3.0), tg.Tensor(4.0)

if __name__ == "__main__":
    loss = fit(a, b, c, x, actual)
    loss.backward()
    print(f"loss {loss.item():.6f}   gradient in a {a.grad:.6f}, b {b.grad:.6f}, c {c.grad:.6f}")
