"""Write the backward pass of max pooling.

Chapter 10. Max pooling takes the largest pixel of each 2 × 2 window of an image. The result depends
only on this pixel, so it gets the whole gradient of the result. The other three get 0. Here the
pixels of a window are all different.

For the image [[1, 2], [4, 3]] and the gradient [[5]] of the result, the gradient of the image is
[[0, 0], [5, 0]].

Check your answer:  python -m tinygrad_lite exercises check pool_backward
"""

import numpy as np


def pool_backward(image, g):
    """The gradient of the image. g[i, j] is the gradient of the result of one window."""
    return ...
