"""Write a convolution.

Chapter 10. A small array, the kernel, moves over an image. At each position where it is inside the
image, each number of the kernel is multiplied by the number of the image below it, and the products
are added up. Each position gives one number of the result. In mathematics the kernel is turned
around first. Networks do not do this, and neither do we.

For the image [[1, 2, 3], [4, 5, 6]] and the kernel [[1, 10]] the result is [[21, 32], [54, 65]].

Check your answer:  python -m tinygrad_lite exercises check convolve
"""

import numpy as np


def convolve(image, kernel):
    """The result, smaller than the image: one number for each position of the kernel."""
    return ...
