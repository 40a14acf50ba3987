"""Checks of error_on_paper: NumPy computes what the learner worked out."""

import numpy as np

from ...checks import Numbers

x, actual = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 7.0])
errors = 2 * x + 1 - actual
CHECKS = [
    Numbers(
        {"errors": errors, "mean_of_squares": np.mean(errors**2), "loss": np.sqrt(np.mean(errors**2))},
        hints={
            "errors": (
                "Put 0, 1 and 2 into 2x + 1. From each result, subtract the actual value at this x.",
                "The guess is 1, 3 and 5. The actual values are 1, 2 and 7.",
            ),
            "mean_of_squares": (
                "Square each of the three errors, add the squares up, and divide by how many there are.",
                "The squares are 0, 1 and 4.",
            ),
            "loss": ("Take the square root of mean_of_squares.", "Python computes it: mean_of_squares ** 0.5"),
        },
        slips=[
            ("errors", -errors, "Look at the signs: the error is the guess minus the actual value, in this order."),
            ("errors", np.abs(errors), "At x = 2 the guess is lower than the actual value, so this error is negative."),
            ("errors", 2 * x + 1, "This is the guess. Subtract the actual values from it."),
            ("mean_of_squares", 5.0, "This is the sum of the squares. Divide it by their number, 3."),
            ("mean_of_squares", 2.5, "There are three squares, and one of them is 0. Divide their sum by 3."),
            ("mean_of_squares", 1.0, "This is the mean of the absolute errors. Square each error first."),
            ("mean_of_squares", 1 / 9, "Square each error first, and then take the mean; not the other way round."),
            ("mean_of_squares", -1.0, "The square of -2 is 4: a square is never negative."),
            ("loss", 5 / 3, "This is the mean of the squares again. The loss is the root of it."),
            ("loss", np.sqrt(5.0), "This is the root of the sum. Take the root of the mean."),
            ("loss", 5 / 6, "This is half of the mean. The square root is another number: its square is the mean."),
        ],
    )
]
