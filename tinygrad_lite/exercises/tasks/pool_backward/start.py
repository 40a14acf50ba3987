"""Write the backward pass of max pooling.

Chapter 10. Max pooling takes the largest number of each 2 × 2 window of an image. Only this number
decides the result, so only this pixel gets a gradient: the whole gradient of the result. The other
three get 0.

For the image [[1, 2], [4, 3]] and the gradient [[5]] of the result, the gradient of the image is
[[0, 0], [5, 0]].

Check your answer:  python -m tinygrad_lite exercises check pool_backward
"""

import numpy as np


def pool_backward(image, g):
    """The gradient of the image. g has that of each window, whose pixels are all different."""
    return ...
