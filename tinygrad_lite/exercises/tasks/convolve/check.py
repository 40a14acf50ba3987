"""Checks of convolve: what our layer computes, for images and kernels that are not square."""

import numpy as np

from tinygrad_lite import nn

from ...checks import Calls, Slip


def by_layer(image, kernel):
    layer = nn.Conv2d(1, 1, kernel.shape, bias=False, seed=0)
    layer.weight.data = kernel[None, None]
    return layer(image[None, None]).data[0, 0]


rng = np.random.default_rng(0)
CASES = [
    (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([[1.0, 10.0]])),
    (np.array([[2.0]]), np.array([[3.0]])),
    (np.array([[1.0, 2.0]]), np.array([[3.0, 5.0]])),
    *(
        (rng.integers(0, 9, image).astype(float), rng.integers(-2, 4, kernel).astype(float))
        for image, kernel in (((2, 2), (1, 1)), ((2, 1), (2, 1)), ((3, 2), (2, 2)), ((2, 3), (2, 2)), ((4, 5), (3, 2)))
    ),
]
CHECKS = [
    Calls(
        "convolve",
        CASES,
        by_layer,
        hints=(
            "Two loops go over the positions i, j. The window there is image[i : i + height, j : j + width]. Multiply it by "
            "the kernel, and sum.",
            "The result has image.shape[0] - kernel.shape[0] + 1 rows: begin with np.zeros of this shape.",
        ),
        slips=[
            Slip(
                "The kernel is turned around, as in mathematics. Networks do not turn it.",
                lambda image, kernel: by_layer(image, kernel[::-1, ::-1]),
            ),
            Slip(
                "The last row and the last column of positions are missing: there are n - k + 1 positions, not n - k.",
                lambda image, kernel: by_layer(image, kernel)[:-1, :-1],
            ),
            Slip(
                "The products are not added up: this is their mean.",
                lambda image, kernel: by_layer(image, kernel) / kernel.size,
            ),
            Slip(
                "This is for a kernel of 3 × 3, as in the chapter. Here the kernel can have any size, which is in "
                "kernel.shape.",
                when=lambda found, image, kernel: (
                    min(image.shape) > 2 or "negative" in str(found)
                    if isinstance(found, ValueError)
                    else np.shape(found) == (image.shape[0] - 2, image.shape[1] - 2)
                ),
            ),
            Slip(
                "Height and width are swapped. shape[0] is the number of rows, the height.",
                when=lambda found, image, kernel: kernel.shape[0] != kernel.shape[1],
            ),
            Slip(
                "Windows at the edge are smaller than the kernel. Stop where the kernel still fits: n - k + 1 positions.",
                when=lambda found, image, kernel: isinstance(found, ValueError) or np.shape(found) == image.shape,
            ),
        ],
    )
]
