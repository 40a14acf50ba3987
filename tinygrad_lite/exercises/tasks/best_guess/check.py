"""Checks of best_guess: lists of different lengths, with guesses whose errors cancel."""

import numpy as np

from ...checks import Calls, Slip


def errors(x, y, guesses):
    return [a * x**2 + b * x + c - y for a, b, c in guesses]


def smallest(measure):
    return lambda x, y, guesses: int(np.argmin([measure(error) for error in errors(x, y, guesses)]))


rng = np.random.default_rng(3)
x = np.array([-1.0, 0.0, 1.0])
CASES = [
    (np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 5.0]), [(1, 0, 0), (1, 0, 1), (0, 2, 1)]),
    (np.array([2.0]), np.array([4.0]), [(0, 0, 9), (0, 2, 0)]),
    (x, np.array([0.0, 0.0, 0.0]), [(0, 5, 0), (0, 0, 1)]),
    (x, np.array([0.0, 0.0, 0.0]), [(0, 0, -3), (0, 1, 0)]),
    (x, np.array([0.0, 0.0, 3.0]), [(0, 0, 0), (0, 0, 1), (0, 1, 2)]),
    *((rng.normal(size=4).round(1), rng.normal(size=4).round(1), rng.integers(-3, 4, (n, 3)).tolist()) for n in (3, 4, 5, 6)),
]
CHECKS = [
    Calls(
        "best_guess",
        CASES,
        smallest(lambda error: np.mean(error**2)),
        hints=(
            "Compute the loss of each guess in a loop, collect the losses in a list, and find the position of the smallest.",
            "np.argmin(losses) is the position of the smallest loss.",
        ),
        slips=[
            Slip(
                "This is the guess with the largest loss. The loss says how wrong a guess is: the best has the smallest.",
                smallest(lambda error: -np.mean(error**2)),
            ),
            Slip(
                "Errors of different signs cancel, so a bad guess can seem to be good. Square the errors before the mean.",
                smallest(lambda error: abs(np.mean(error))),
            ),
            Slip(
                "The smallest mean of the errors can be a large negative number. Square the errors before the mean.",
                smallest(np.mean),
            ),
            Slip(
                "This is the loss, or the guess. The task asks for its position in the list.",
                when=lambda found, x, y, guesses: np.ndim(found) > 0 or found != int(found),
            ),
            Slip(
                "This is the guess with the smallest single error. All points count: take the mean of the squares.",
                smallest(lambda error: np.min(np.abs(error))),
            ),
        ],
    )
]
