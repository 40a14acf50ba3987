"""Checks of two_layers_are_one: the slope of two layers of ours, and what they make of 0."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_layers(w1, b1, w2, b2):
    def both(x):
        return (x @ w1 + b1) @ w2 + b2

    zero = np.zeros(len(w1))
    return tg.jacobian(both)(zero).T, both(zero)


rng = np.random.default_rng(0)
CASES = [
    tuple(rng.integers(-3, 4, shape).astype(float) for shape in ((i, j), (j,), (j, k), (k,)))
    for i, j, k in ((1, 1, 1), (1, 2, 1), (2, 1, 2), (2, 2, 2), (2, 3, 1), (3, 2, 3))
]
CHECKS = [
    Calls(
        "merged",
        CASES,
        by_layers,
        shown=0,
        hints=(
            "Multiply out (x @ w1 + b1) @ w2 + b2. What is x multiplied by? What is left, when x is 0?",
            "(x @ w1) @ w2 is x @ (w1 @ w2). What is left is b1 @ w2 + b2.",
        ),
        slips=[
            Slip(
                "The second layer multiplies the first bias as well. b1 and b2 have different shapes: b1 @ w2 has that of "
                "b2.",
                when=lambda found, w1, b1, w2, b2: (
                    "broadcast" in str(found) if isinstance(found, Exception) else np.array_equal(found[1], b1 + b2)
                ),
            ),
            Slip("The first bias is lost. The second layer makes b1 @ w2 of it.", lambda w1, b1, w2, b2: (w1 @ w2, b2)),
            Slip(
                "The order of the matrices matters. x is multiplied by w1 first, so w1 is on the left: w1 @ w2.",
                when=lambda found, w1, b1, w2, b2: (
                    "matmul" in str(found) if isinstance(found, Exception) else np.array_equal(found[0], w2 @ w1)
                ),
            ),
            Slip(
                "The order of the matrices matters. b1 goes through the second layer as x @ w1 does, so w2 is on the right: "
                "b1 @ w2.",
                when=lambda found, w1, b1, w2, b2: (
                    "matmul" in str(found) if isinstance(found, Exception) else np.array_equal(found[1], w2 @ b1 + b2)
                ),
            ),
            Slip("The second bias is lost. It is added at the end.", lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2)),
            Slip(
                "* multiplies element by element. The product of matrices is @.",
                when=lambda found, w1, b1, w2, b2: isinstance(found, ValueError) or np.array_equal(found[0], w1 * w2),
            ),
        ],
    )
]
