"""Checks of value_that_left: the value of the loss, and its gradient."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def loss(w, x, y):
    curve = np.exp(w * x)
    return np.mean((curve / np.max(curve) - y) ** 2)


def with_a_constant(w, x, y):
    curve = np.exp(w * x)
    return np.mean((curve / tg.stop_gradient(np.max(curve)) - y) ** 2)


def with_curve(change):
    """The loss with something else in the place of the division."""
    return lambda w, x, y: np.mean((change(np.exp(w * x)) - y) ** 2)


rng = np.random.default_rng(0)
CASES = [
    (0.5, np.array([1.0]), np.array([0.0])),
    (0.5, np.array([0.0, 1.0]), np.array([0.0, 0.0])),
    (-1.0, np.array([1.0, 2.0]), np.array([0.5, 1.0])),
    *((0.3, rng.normal(size=n).round(1), rng.normal(size=n).round(1)) for n in (2, 3, 5)),
]
HINTS = (
    "Which line turns a Tensor into a plain number? .item(), float(), .data, .detach() and np.array() do this.",
    "np.max(curve) is a Tensor already, and can divide.",
)
CHECKS = [
    Calls(
        "loss",
        CASES,
        loss,
        HINTS,
        shown=0,
        slips=[
            Slip(
                "The curve is not divided by its largest value now. The loss has to stay the same.", with_curve(lambda c: c)
            ),
            Slip("This divides by the sum. Divide by the largest value.", with_curve(lambda c: c / np.sum(c))),
            Slip("This divides by the mean. Divide by the largest value.", with_curve(lambda c: c / np.mean(c))),
        ],
    ),
    Calls(
        "loss",
        CASES,
        tg.grad(loss),
        HINTS,
        compute=lambda loss, w, x, y: tg.grad(loss)(w, x, y),
        about="the gradient of the loss with respect to w",
        shown=0,
        slips=[
            Slip(
                "The largest value is still a constant for the graph. Look for what turns it into a plain number: .item(), "
                "float(), .data or .detach().",
                tg.grad(with_a_constant),
            ),
            Slip(
                "This line makes plain numbers of a Tensor, and through these no gradient comes back. Leave the Tensor as "
                "it is.",
                when=lambda found, w, x, y: isinstance(found, TypeError),
            ),
            Slip(
                "Now the whole curve has left the graph, and no gradient comes back.",
                when=lambda found, w, x, y: isinstance(found, Exception) or found == 0,
            ),
        ],
    ),
]
