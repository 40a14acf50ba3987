"""Checks of line_gradient: the gradient that autograd computes."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def loss(a, b, x, y):
    return np.mean((a * x + b - y) ** 2)


by_autograd = tg.grad(loss, (0, 1))


def mistaken(d_a, d_b):
    """A gradient whose parts are means, or sums, of these."""
    return lambda a, b, x, y: (d_a(a * x + b - y, x), d_b(a * x + b - y, x))


rng = np.random.default_rng(1)
CASES = [
    (2.0, 1.0, np.array([1.0, 3.0]), np.array([0.0, 5.0])),
    (1.0, 0.0, np.array([2.0]), np.array([5.0])),
    (-1.0, 2.0, np.array([0.0]), np.array([1.0])),
    *((*rng.normal(size=2).round(1).tolist(), *rng.normal(size=(2, n)).round(1)) for n in (2, 3, 5, 8)),
]
CHECKS = [
    Calls(
        "gradient",
        CASES,
        by_autograd,
        hints=(
            "Begin with error = a * x + b - y. The slope of error² is 2 * error, times the slope of the error itself.",
            "The slope of the error is x with respect to a, and 1 with respect to b. Then take the mean over the points.",
        ),
        slips=[
            Slip(
                "The factor 2 is missing: the slope of error² is 2 * error.",
                mistaken(lambda e, x: np.mean(e * x), lambda e, x: np.mean(e)),
            ),
            Slip(
                "The factor x is missing: if a rises by 1, the guess at x rises by x.",
                mistaken(lambda e, x: np.mean(2 * e), lambda e, x: np.mean(2 * e)),
            ),
            Slip(
                "The loss is a mean, and so is its gradient. Use np.mean in the place of np.sum.",
                mistaken(lambda e, x: np.sum(2 * e * x), lambda e, x: np.sum(2 * e)),
            ),
            Slip(
                "Look at the sign: the error is the guess minus y.",
                mistaken(lambda e, x: -np.mean(2 * e * x), lambda e, x: -np.mean(2 * e)),
            ),
            Slip(
                "The slope with respect to b has a factor x. If b rises by 1, the guess rises by 1 at each point.",
                mistaken(lambda e, x: np.mean(2 * e * x), lambda e, x: np.mean(2 * e * x)),
            ),
            Slip(
                "The mean of a product is not the product of the means. Multiply each error by its own x, then take the "
                "mean.",
                mistaken(lambda e, x: 2 * np.mean(e) * np.mean(x), lambda e, x: 2 * np.mean(e)),
            ),
            Slip(
                "The two are in the wrong order: first the slope with respect to a, then the one with respect to b.",
                lambda *arguments: by_autograd(*arguments)[::-1],
            ),
            Slip(
                "A slope with a number for each point is an array. The mean over the points is missing.",
                when=lambda found, a, b, x, y: len(found) == 2 and any(np.shape(slope) == (len(x),) for slope in found),
            ),
        ],
    )
]
