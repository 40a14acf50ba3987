"""Checks of safe_root: its values and its gradient, above 0, at 0 and below."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def slopes(f):
    """What autograd makes of it, for each element."""
    return lambda x: tg.grad(lambda t: np.sum(f(t)))(x)


rng = np.random.default_rng(0)
CASES = [
    (np.array([4.0, 0.0, -1.0]),),
    (np.array([1.0]),),
    (np.array([0.0]),),
    (np.array([-1.0]),),
    (np.array([0.25, 9.0]),),
    (rng.normal(size=6).round(1),),
]
CHECKS = [
    Calls(
        "safe_root",
        CASES,
        lambda x: np.sqrt(np.maximum(x, 0)),
        hints=(
            "The values have to stay the same: np.sqrt(x) where x is above 0, and exactly 0 elsewhere.",
            "Keep the np.where of the task, and change only what np.sqrt is given.",
        ),
        slips=[
            Slip("Below 0 the result has to be 0, not the root of the absolute value.", lambda x: np.sqrt(np.abs(x))),
            Slip(
                "A small number is added, so the values are no longer exact. Choose another number for the root only "
                "where x is "
                "not above 0.",
                when=lambda found, x: np.max(np.abs(found - np.sqrt(np.maximum(x, 0)))) < 0.2,
            ),
        ],
    ),
    Calls(
        "safe_root",
        CASES,
        lambda x: np.where(x > 0, 0.5 / np.sqrt(np.where(x > 0, x, 1.0)), 0.0),
        compute=lambda safe_root, x: slopes(safe_root)(x),
        about="the gradient of np.sum(safe_root(x))",
        hints=(
            "np.sqrt must never see a number that is not above 0, not even in the branch that is not taken. Give it another "
            "number there, with a np.where of its own.",
            "safe = np.where(x > 0, x, 1.0) is x where that is above 0. Take the root of it.",
        ),
        slips=[
            Slip(
                "The np.where around the root does not help: the root still sees numbers that are not above 0. A second "
                "np.where "
                "has to change x before the root.",
                slopes(lambda x: np.where(x > 0, np.sqrt(x), 0.0)),
            ),
            Slip(
                "At 0 the root still sees a 0, and its slope there is infinite. Give it a number above 0, such as 1.",
                when=lambda found, x: not np.all(np.isfinite(found)),
            ),
            Slip("The result has left the graph, so no gradient comes back.", lambda x: 0 * x),
        ],
    ),
]
