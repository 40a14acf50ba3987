"""Write the cross-entropy from scores.

Chapter 9. The cross-entropy of a sample is minus the logarithm of the probability that softmax
gives to its right class. The loss is the mean over all samples.

Computed in two steps, softmax and then the logarithm, it becomes infinite for [[0, 1000]] and
class 0: the probability is rounded to 0. Combine the two. The logarithm of a softmax is

    score - largest - log(sum of e to the power of (each score - largest))

For the scores [[0, 0]] and the class [1] the result is log 2 = 0.693.

Check your answer:  python -m tinygrad_lite exercises check cross_entropy
"""

import numpy as np


def cross_entropy(scores, classes):
    """A single number. scores has a row for each sample, classes the number of its class."""
    return ...
