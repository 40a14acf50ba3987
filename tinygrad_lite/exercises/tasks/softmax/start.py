"""Write softmax, also for large scores.

Chapter 9. Softmax turns scores into probabilities: e to the power of each score, divided by the
sum of these powers. Each row of the array has the scores of one sample, so each row of the result
adds up to 1.

For the scores [[0, 0], [0, 1.0986]] the result is [[0.5, 0.5], [0.25, 0.75]].

e¹⁰⁰⁰ is too large for a float: NumPy makes it infinite. Softmax does not change when the same
number is subtracted from all scores of a row. Use this, so that scores like [[1000, 1001]] give no
nan.

Check your answer:  python -m tinygrad_lite exercises check softmax
"""

import numpy as np


def softmax(scores):
    """The probabilities: an array of the same shape, whose rows add up to 1."""
    return ...
