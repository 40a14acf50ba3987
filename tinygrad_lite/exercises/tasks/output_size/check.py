"""Checks of output_size: the shape of what our convolution returns."""

import numpy as np

from tinygrad_lite import nn

from ...checks import Calls, Slip


def by_layer(n, k, s, p):
    layer = nn.Conv2d(1, 1, (1, k), stride=(1, s), padding=(0, p), seed=0)
    return layer(np.zeros((1, 1, 1, n))).shape[-1]


CASES = [
    (5, 3, 1, 0), (6, 3, 2, 1), (1, 1, 1, 0), (3, 1, 1, 0), (3, 3, 1, 0), (4, 2, 2, 0), (3, 2, 2, 0), (3, 3, 1, 1),
    (2, 2, 1, 1), (7, 3, 2, 0), (8, 3, 2, 0), (28, 5, 1, 2), (28, 5, 3, 0), (10, 4, 3, 2),
]  # fmt: skip
CHECKS = [
    Calls(
        "output_size",
        CASES,
        by_layer,
        shown=2,
        hints=(
            "Without padding and with stride 1 there are n - k + 1 positions. What does padding do to n? What does a "
            "stride do?",
            "After the first position, n + 2 * p - k pixels are left. Strides of s fit in (n + 2 * p - k) // s times.",
        ),
        slips=[
            Slip("The first position counts as well: add 1.", lambda n, k, s, p: (n + 2 * p - k) // s),
            Slip("The padding is added at both ends.", lambda n, k, s, p: (n + p - k) // s + 1),
            Slip("The padding is missing.", lambda n, k, s, p: (n - k) // s + 1),
            Slip("The stride is missing.", lambda n, k, s, p: n + 2 * p - k + 1),
            Slip(
                "/ gives fractions. A stride that does not fit in whole is not made: use //.",
                lambda n, k, s, p: (n + 2 * p - k) / s + 1,
            ),
            Slip("Divide first, and then add 1 for the first position.", lambda n, k, s, p: (n + 2 * p - k + 1) // s),
            Slip(
                "The division is rounded up. A stride that does not fit in whole is not made.",
                lambda n, k, s, p: -((k - n - 2 * p) // s) + 1,
            ),
        ],
    )
]
