"""Checks of one_unit: what autograd computes."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_autograd(w, x, b):
    value, gradients = tg.value_and_grad(lambda w, x, b: np.tanh(w * x + b), (0, 1, 2))(w, x, b)
    return (value, *gradients)


def with_slope(slope, parts=lambda w, x: (x, w, 1)):
    """The gradient with another slope in the place of that of tanh, or with other slopes of w·x + b."""

    def unit(w, x, b):
        z = w * x + b
        return (np.tanh(z), *(slope(z) * part for part in parts(w, x)))

    return unit


def right(z):
    return 1 - np.tanh(z) ** 2


rng = np.random.default_rng(0)
CASES = [
    (2.0, 0.5, -0.5),
    (1.0, 1.0, 0.0),
    (0.0, 2.0, 1.0),
    (-1.0, 0.5, 0.0),
    *((round(float(w), 1), round(float(x), 1), round(float(b), 1)) for w, x, b in rng.normal(size=(4, 3))),
]
CHECKS = [
    Calls(
        "unit",
        CASES,
        by_autograd,
        hints=(
            "Each slope has two factors: the slope of tanh, 1 - y², and the slope of w·x + b with respect to w, x or b.",
            "The slope of w·x + b is x with respect to w, w with respect to x, and 1 with respect to b.",
        ),
        slips=[
            Slip("The slope of tanh is missing. All three slopes are multiplied by it.", with_slope(lambda z: 1.0)),
            Slip("The slope of tanh is 1 - tanh². Here the square is missing.", with_slope(lambda z: 1 - np.tanh(z))),
            Slip(
                "The slope of tanh is 1 - tanh², where tanh is the result y. Here the square is that of w·x + b.",
                with_slope(lambda z: 1 - z**2),
            ),
            Slip(
                "The slope of w·x with respect to w is x, and with respect to x it is w. Here they are swapped.",
                with_slope(right, lambda w, x: (w, x, 1)),
            ),
            Slip(
                "The slope of tanh is missing for b. The path from b goes through tanh, too.",
                lambda w, x, b: (*by_autograd(w, x, b)[:3], 1.0),
            ),
            Slip("If b rises by 1, w·x + b rises by 1. There is no other factor.", with_slope(right, lambda w, x: (x, w, x))),
            Slip(
                "Look at the sign: tanh rises everywhere, so its slope is positive.",
                with_slope(lambda z: np.tanh(z) ** 2 - 1),
            ),
        ],
    )
]
