"""Checks of pool_backward: what autograd sends back through our layer."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_autograd(image, g):
    pool = tg.nn.MaxPool2d(2)
    return tg.grad(lambda x: np.sum(pool(x[None, None])[0, 0] * g))(image)


def spread(image, g):
    return np.kron(g, np.ones((2, 2)))


rng = np.random.default_rng(0)
CASES = [
    (np.array([[1.0, 2.0], [4.0, 3.0]]), np.array([[5.0]])),
    (np.array([[-1.0, -2.0], [-4.0, -3.0]]), np.array([[3.0]])),
    *(
        (rng.permutation(4 * h * w).reshape(2 * h, 2 * w).astype(float), rng.integers(1, 9, (h, w)).astype(float))
        for h, w in ((1, 1), (1, 2), (2, 1), (2, 2), (2, 3))
    ),
]
CHECKS = [
    Calls(
        "pool_backward",
        CASES,
        by_autograd,
        hints=(
            "Begin with zeros of the shape of the image. For each window, find its largest pixel, and write the gradient "
            "there.",
            "The window of g[i, j] is image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]. window == window.max() marks its largest.",
        ),
        slips=[
            Slip("All four pixels get the gradient. Only the largest of each window gets it.", spread),
            Slip(
                "Each pixel gets a quarter of the gradient, as for a mean. Only the largest gets it.",
                lambda i, g: spread(i, g) / 4,
            ),
            Slip(
                "The place is right. The pixel gets the gradient, g[i, j], and not 1.",
                lambda i, g: (by_autograd(i, g) != 0) * 1.0,
            ),
            Slip(
                "The place is right. The pixel gets the gradient alone, not multiplied by its value: the slope is 1.",
                lambda image, g: by_autograd(image, g) * image,
            ),
            Slip(
                "This is the largest pixel of the whole image. Each window has one.",
                when=lambda found, image, g: g.size > 1 and np.count_nonzero(found) == 1,
            ),
            Slip("The smallest pixel gets the gradient. The largest should.", lambda image, g: by_autograd(-image, g)),
            Slip(
                "The window of g[i, j] begins at 2 * i, 2 * j: windows do not overlap.",
                when=lambda found, image, g: g.size > 1,
            ),
        ],
    )
]
