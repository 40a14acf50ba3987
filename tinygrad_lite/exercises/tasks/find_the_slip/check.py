"""Checks of find_the_slip: the loss is still the same, and the gradient is the one that autograd computes."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def loss(w, x, y):
    return np.mean((np.tanh(w * x) - y) ** 2)


def with_slope(slope_of_tanh):
    """The gradient with another slope in the place of that of tanh."""
    return lambda w, x, y: np.mean(2 * (np.tanh(w * x) - y) * slope_of_tanh(w * x) * x)


rng = np.random.default_rng(0)
CASES = [
    (0.8, np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.5, 1.0])),
    (1.0, np.array([1.0]), np.array([0.0])),
    (0.0, np.array([2.0]), np.array([1.0])),
    *((round(float(rng.normal()), 1), *rng.normal(size=(2, n)).round(1)) for n in (1, 2, 3, 5)),
]
HINTS = (
    "There are three slopes: of the square, of tanh, and of w * x. Check each with differences: "
    "(np.tanh(1.001) - np.tanh(0.999)) / 0.002 is the slope of tanh at 1.",
    "Look up the derivative of tanh. The square of tanh is part of it.",
)
CHECKS = [
    Calls(
        "loss",
        CASES,
        loss,
        ("The loss itself was right. Leave it as it was, and mend the gradient.", "Start again from a new copy of the task."),
    ),
    Calls(
        "gradient",
        CASES,
        tg.grad(loss),
        HINTS,
        slips=[
            Slip(
                "This is still the gradient of the task. One of the three slopes is wrong: which one? Check each with "
                "differences: (np.tanh(1.001) - np.tanh(0.999)) / 0.002 is the slope of tanh at 1.",
                with_slope(lambda z: 1 - np.tanh(z)),
            ),
            Slip("The square has to be that of tanh(w x), not of w x.", with_slope(lambda z: 1 - z**2)),
            Slip(
                "Look at the sign: tanh rises everywhere, so its slope is never negative.",
                with_slope(lambda z: np.tanh(z) ** 2 - 1),
            ),
            Slip("The 2 of the square was right: the slope of error² is 2 * error.", lambda *case: tg.grad(loss)(*case) / 2),
            Slip(
                "The x was right: the slope of w * x with respect to w is x.",
                lambda w, x, y: np.mean(2 * (np.tanh(w * x) - y) * (1 - np.tanh(w * x) ** 2)),
            ),
            Slip(
                "The mean was right: the loss is a mean, and so is its gradient.",
                lambda w, x, y: len(x) * tg.grad(loss)(w, x, y),
            ),
            Slip("The slope of tanh is missing now.", with_slope(lambda z: 1.0)),
        ],
    ),
]
