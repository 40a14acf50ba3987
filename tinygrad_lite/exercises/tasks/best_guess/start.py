"""Find the best of several guesses.

Chapter 1. A guess is three numbers (a, b, c), which make the curve a·x² + b·x + c. The best guess
is the one with the smallest loss, the root of the mean squared error.

For x = [0, 1, 2], y = [1, 2, 5] and the guesses [(1, 0, 0), (1, 0, 1), (0, 2, 1)] the result is 1:
the second curve, x² + 1, goes through all three points. Python counts from 0.

Check your answer:  python -m tinygrad_lite exercises check best_guess
"""

import numpy as np


def best_guess(x, y, guesses):
    """The position of the best guess in the list."""
    return ...
