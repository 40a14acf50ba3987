"""After the largest score of the row is subtracted, the largest power is e⁰ = 1: nothing overflows, and no sum is 0."""

import numpy as np


def softmax(scores):
    """The probabilities: an array of the same shape, whose rows add up to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
