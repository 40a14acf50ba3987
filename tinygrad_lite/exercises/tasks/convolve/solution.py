"""Two loops over the positions; the window below the kernel is a slice."""

import numpy as np


def convolve(image, kernel):
    """The result, smaller than the image: one number for each position of the kernel."""
    height, width = kernel.shape
    result = np.zeros((image.shape[0] - height + 1, image.shape[1] - width + 1))
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            result[i, j] = np.sum(image[i : i + height, j : j + width] * kernel)
    return result
