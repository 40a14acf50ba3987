"""Checks of unbroadcast: what autograd sends back through np.broadcast_to."""

import math

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_autograd(g, shape):
    return tg.grad(lambda x: np.sum(np.broadcast_to(x, g.shape) * g))(np.zeros(shape))


def leading_only(g, shape):
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def ones_only(g, shape):
    return g.sum(axis=tuple(i for i, length in enumerate(shape) if length == 1), keepdims=True)


rng = np.random.default_rng(0)
CASES = [
    (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (3,)),
    (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2, 1)),
    (np.array([1.0, 2.0]), (1,)),
    (np.array([1.0, 2.0]), ()),
    (np.array([1.0, 2.0]), (2,)),
    (np.array([[1.0], [3.0]]), (1, 1)),
    *(
        (rng.integers(0, 9, size).astype(float), shape)
        for size, shape in [
            ((2, 2), (1, 2)),
            ((2, 1, 2), (1, 2)),
            ((2, 2, 2), (2, 1)),
            ((2, 3, 4), (1, 3, 1)),
            ((3, 3), (3,)),
            ((2, 2, 3), ()),
        ]
    ),
]
CHECKS = [
    Calls(
        "unbroadcast",
        CASES,
        by_autograd,
        shown=2,
        hints=(
            "Two steps: sum over the first g.ndim - len(shape) axes. Then, where shape has a 1, sum with keepdims=True.",
            "g.sum(axis=...) takes a tuple of axes. The axes at the left are tuple(range(g.ndim - len(shape))).",
        ),
        slips=[
            Slip("This is the sum of everything. Sum only over the axes that were broadcast.", lambda g, shape: g.sum()),
            Slip(
                "The axes that were added at the left are summed. Those of length 1 have to be summed as well, with "
                "keepdims=True.",
                leading_only,
            ),
            Slip(
                "The axes of length 1 are summed. Those that were added at the left have to be summed as well; they "
                "disappear.",
                ones_only,
            ),
            Slip(
                "This is the mean of the parts. The parts of a gradient add up.",
                lambda g, shape: by_autograd(g, shape) * math.prod(shape) / g.size,
            ),
            Slip(
                "The sums are right, but the axes of length 1 have to stay in the shape. Sum them with keepdims=True.",
                when=lambda found, g, shape: 1 in shape and np.array_equal(np.reshape(found, shape), by_autograd(g, shape)),
            ),
            Slip(
                "These are the first numbers of g, without the parts from the other rows or columns. All parts add up.",
                lambda g, shape: g[(0,) * (g.ndim - len(shape))][tuple(slice(length) for length in shape)],
            ),
        ],
    )
]
