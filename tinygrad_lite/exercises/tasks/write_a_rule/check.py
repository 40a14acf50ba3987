"""Checks of write_a_rule: the rule in the engine, at numbers and arrays, in longer computations, and differentiated again."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def plain_hill(x):
    return np.exp(-(x**2))


def of_sum(f):
    """The gradient of the sum of all results."""
    return lambda x: tg.grad(lambda t: np.sum(f(t)))(x)


def of_square(f):
    """The gradient of a longer computation, in which the gradient that comes in is not 1."""
    return lambda x: tg.grad(lambda t: np.sum(5 * f(t) ** 2))(x)


rng = np.random.default_rng(0)
CASES = [(1.0,), (0.5,), (-2.0,), (0.0,), (np.array([1.0, -1.0]),), (rng.normal(size=(2, 3)).round(1),)]
HINTS = (
    "The slope of exp of something is the same exp, times the slope of the something. Here it is -x².",
    "The rule has three factors: g, the slope of -x², and hill(x).",
)
CHECKS = [
    Calls(
        "hill",
        CASES,
        of_sum(plain_hill),
        HINTS,
        compute=lambda hill, x: of_sum(hill)(x),
        about="the gradient of np.sum(hill(x))",
        slips=[
            Slip("The slope of what is inside the exp is missing, the one of -x².", lambda x: plain_hill(x)),
            Slip("Look at the sign: the slope of -x² is -2x.", lambda x: 2 * x * plain_hill(x)),
            Slip("The factor 2 is missing: the slope of x² is 2x.", lambda x: -x * plain_hill(x)),
            Slip("This is the slope of -x² alone. Multiply it by the slope of exp, which is exp again.", lambda x: -2 * x),
        ],
    ),
    Calls(
        "hill",
        CASES,
        of_square(plain_hill),
        HINTS,
        compute=lambda hill, x: of_square(hill)(x),
        about="the gradient of np.sum(5 * hill(x) ** 2)",
        shown=0,
        slips=[
            Slip(
                "The gradient that comes in, g, is not used. In a longer computation it is not 1: multiply by it.",
                when=lambda found, x: np.allclose(found, -2 * x * plain_hill(x) * np.ones_like(x)),
            )
        ],
    ),
    Calls(
        "hill",
        CASES,
        tg.grad(lambda x: np.sum(of_sum(plain_hill)(x))),
        (
            "The gradient is right, but it cannot be differentiated once more. Write the rule with NumPy functions "
            "and with hill.",
            "A rule that takes .data, or calls float() or math.exp, leaves the graph.",
        ),
        compute=lambda hill, x: tg.grad(lambda t: np.sum(of_sum(hill)(t)))(x),
        about="the second derivative of hill",
        shown=0,
    ),
]
