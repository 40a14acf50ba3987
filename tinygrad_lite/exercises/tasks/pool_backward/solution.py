"""Each window is a slice of the image, and so is the place for its gradient."""

import numpy as np


def pool_backward(image, g):
    """The gradient of the image. g[i, j] is the gradient of the result of one window."""
    gradient = np.zeros(image.shape)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            here = slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2)
            window = image[here]
            gradient[here] = g[i, j] * (window == window.max())
    return gradient
