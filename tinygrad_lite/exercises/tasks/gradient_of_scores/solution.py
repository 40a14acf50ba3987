"""The slope of the first part is softmax. The slope of the second is -1 at the right class, and 0 at the others."""

import numpy as np

import tinygrad_lite as tg


def gradient(scores, classes):
    """The gradient of the mean cross-entropy, an array like scores. You may use tg.softmax."""
    probabilities = tg.softmax(scores, axis=1)
    right = np.zeros(scores.shape)
    right[np.arange(len(classes)), classes] = 1
    return (probabilities - right) / len(classes)
