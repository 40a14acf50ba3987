"""Checks of shapes_in_a_loss: the value of the loss, and its gradient."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def loss(prediction, target):
    return np.mean((prediction[:, 0] - target) ** 2)


def gradient_of(f):
    return lambda prediction, target: tg.grad(lambda p: f(p, target))(prediction)


rng = np.random.default_rng(0)
CASES = [
    (np.array([[1.0], [2.0]]), np.array([1.0, 2.0])),
    (np.array([[3.0]]), np.array([1.0])),
    (np.array([[0.0], [2.0]]), np.array([2.0, 0.0])),
    *((rng.normal(size=(n, 1)).round(1), rng.normal(size=n).round(1)) for n in (3, 5, 8)),
]
SLIPS = [
    Slip(
        "Every prediction is still compared with every target: (n, 1) minus (n,) has the shape (n, n). Print the shape of "
        "the difference.",
        lambda p, t: np.mean((p - t) ** 2),
    ),
    Slip("The squares are added up now. The loss was a mean.", lambda p, t: np.sum((p[:, 0] - t) ** 2)),
    Slip(
        "Only the first prediction is used. Take all rows, and the first column: prediction[:, 0].",
        lambda p, t: np.mean((p[0] - t) ** 2),
    ),
    Slip("This compares the mean of the predictions with the mean of the targets.", lambda p, t: (p.mean() - t.mean()) ** 2),
    Slip("The square is missing now.", lambda p, t: np.mean(p[:, 0] - t)),
]
HINTS = (
    "Print prediction.shape, target.shape and (prediction - target).shape. The last one should be that of the target.",
    "prediction[:, 0] has the shape (n,); target[:, None] has the shape (n, 1). One of them is enough.",
)
CHECKS = [
    Calls("loss", CASES, loss, HINTS, SLIPS),
    Calls(
        "loss",
        CASES,
        gradient_of(loss),
        (
            "The value is right, but its gradient is not: a value left the graph. Leave out .data, .item(), float() and "
            "np.array().",
            "Indexing, .reshape(-1) and .ravel() of a Tensor are recorded like everything else.",
        ),
        compute=lambda loss, prediction, target: gradient_of(loss)(prediction, target),
        about="the gradient of the loss with respect to prediction",
        shown=0,
    ),
]
