"""Checks of momentum: one step, beside our own optimizer, which continues from the same velocity."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_sgd(p, velocity, gradient, rate, beta):
    """Two steps of our optimizer, with rate 1. The gradient of the first is the velocity that the second continues from."""
    leaf = tg.Tensor(np.zeros_like(p))
    optimizer = tg.optim.SGD([leaf], lr=1.0, momentum=beta)
    for part in (velocity, gradient):
        before, leaf.grad = leaf.data, part.copy()
        optimizer.step()
    moved = before - leaf.data
    return p - rate * moved, moved


rng = np.random.default_rng(0)
CASES = [
    (np.array([1.0]), np.array([0.5]), np.array([2.0]), 0.1, 0.9),
    (np.array([0.0]), np.array([1.0]), np.array([0.0]), 1.0, 0.5),
    *((*rng.normal(size=(3, n)).round(1), rate, beta) for n, rate, beta in ((2, 0.5, 0.8), (3, 0.01, 0.9), (4, 0.3, 0.0))),
]
CHECKS = [
    Calls(
        "step",
        CASES,
        by_sgd,
        hints=(
            "Two lines are enough: first the new velocity, then the new p. Return them in the order p, velocity.",
            "velocity = beta * velocity + gradient is the first line. It makes a new array.",
        ),
        slips=[
            Slip(
                "The step uses the old velocity. Compute the new one first, and use it for p.",
                lambda p, v, g, rate, beta: (p - rate * v, beta * v + g),
            ),
            Slip(
                "Here the gradient is multiplied by 1 - beta. That is an average of gradients, as in Adam. In our "
                "formula the gradient has no factor.",
                lambda p, v, g, rate, beta: (p - rate * (beta * v + (1 - beta) * g), beta * v + (1 - beta) * g),
            ),
            Slip(
                "Here the velocity points downhill and has the rate in it. This works, too, but in our formula the velocity "
                "adds up gradients, and the line for p has the rate and the minus.",
                lambda p, v, g, rate, beta: (p + beta * v - rate * g, beta * v - rate * g),
            ),
            Slip("Look at the sign: p moves against the velocity.", lambda p, v, g, r, b: (p + r * (b * v + g), b * v + g)),
            Slip(
                "The rate is in the velocity as well. It belongs only in the line for p.",
                lambda p, v, g, rate, beta: (p - beta * v - rate * g, beta * v + rate * g),
            ),
            Slip(
                "The rate is in both lines. It belongs only in the line for p.",
                lambda p, v, g, rate, beta: (p - rate * (beta * v + rate * g), beta * v + rate * g),
            ),
            Slip(
                "Return them in the other order: first p, then the velocity.",
                lambda *arguments: by_sgd(*arguments)[::-1],
            ),
        ],
    )
]
