"""Checks of parts_of_a_gradient: functions that use x once, twice and more often."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip
from ...comparing import Written, plain


def expected(f, x):
    return sorted(float(part.value) for part in tg.trace(f.function)(x)["x"].contributions)


def in_order(parts, f, x):
    """Their parts, from the smallest to the largest."""
    found = plain(parts(f.function, x))
    return (
        sorted(found)
        if isinstance(found, list | tuple) and all(isinstance(one, float | np.number) for one in found)
        else found
    )


CASES = [
    (Written("lambda x: x * x + x"), 3.0),
    (Written("lambda x: 5 * x"), 2.0),
    (Written("lambda x: x + x"), 2.0),
    (Written("lambda x: np.sin(x) * x"), 1.0),
    (Written("lambda x: x * x * x"), 2.0),
    (Written("lambda x: np.exp(x) / x - 2 * x"), 1.0),
]
CHECKS = [
    Calls(
        "parts",
        CASES,
        expected,
        compute=in_order,
        hints=(
            'Make the graph with tg.trace(f)(x), take its node graph["x"], and go through node.contributions.',
            "[part.value for part in node.contributions] is a list of the parts.",
        ),
        slips=[
            Slip(
                "This is the gradient, the sum of the parts. The parts are in contributions.",
                lambda f, x: sum(expected(f, x)),
            ),
            Slip(
                "This is a list with the gradient alone, the sum of the parts. The parts are in contributions.",
                lambda f, x: [sum(expected(f, x))],
            ),
            Slip(
                "The contributions say more than the numbers: which node sent each, and as which argument. "
                "Take the value of each.",
                when=lambda found, f, x: isinstance(found, list | tuple) and any(hasattr(part, "value") for part in found),
            ),
            Slip(
                "This is the value of x. The parts of its gradient are in contributions.",
                when=lambda found, f, x: np.array_equal(found, x) or np.array_equal(found, [x]),
            ),
            Slip(
                "These are the parts of the result's gradient, which is 1. Ask the node of x.",
                when=lambda found, f, x: isinstance(found, list) and found in ([], [1.0]),
            ),
        ],
    )
]
