"""Checks of rmse: arrays of different lengths, with errors of both signs."""

import numpy as np

from ...checks import Calls, Slip


def rmse(actual, guess):
    return np.sqrt(np.mean((guess - actual) ** 2))


rng = np.random.default_rng(0)
CASES = [
    (np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 6.0])),
    (np.array([0.0]), np.array([0.0])),
    (np.array([5.0]), np.array([2.0])),
    (np.array([1.0, 2.0]), np.array([0.0, 3.0])),
    *((rng.normal(size=n).round(1), rng.normal(size=n).round(1)) for n in (2, 4, 7, 100)),
]
CHECKS = [
    Calls(
        "rmse",
        CASES,
        rmse,
        hints=(
            "Compute the errors first, then their squares, then np.mean of the squares, then np.sqrt.",
            "The whole is np.sqrt(np.mean(...)), with the squares of guess - actual inside.",
        ),
        slips=[
            Slip("This is the mean of the squares. The root of it is missing.", lambda a, g: np.mean((g - a) ** 2)),
            Slip(
                "The squares are added up, and not divided by their number. Use np.mean in the place of np.sum.",
                lambda a, g: np.sqrt(np.sum((g - a) ** 2)),
            ),
            Slip(
                "This is the mean of the absolute errors: the root of each square undoes the square. "
                "Take the mean first, and the root of the mean.",
                lambda a, g: np.mean(np.abs(g - a)),
            ),
            Slip(
                "Errors of different signs cancel, if they are not squared before the mean is taken.",
                lambda a, g: np.abs(np.mean(g - a)),
            ),
            Slip(
                "Errors of different signs cancel, if they are not squared before the mean is taken.",
                lambda a, g: np.mean(g - a),
            ),
        ],
    )
]
