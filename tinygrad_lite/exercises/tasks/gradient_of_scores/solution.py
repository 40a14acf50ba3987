"""The slope of the first part is softmax, that of the second is 1 at the right class: what was said minus what is right."""

import numpy as np

import tinygrad_lite as tg


def gradient(scores, classes):
    """The gradient of the mean cross-entropy, an array like scores. You may use tg.softmax."""
    probabilities = tg.softmax(scores, axis=1)
    right = np.zeros(scores.shape)
    right[np.arange(len(classes)), classes] = 1
    return (probabilities - right) / len(classes)
