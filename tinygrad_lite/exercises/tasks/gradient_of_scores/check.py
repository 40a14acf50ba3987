"""Checks of gradient_of_scores: the gradient that autograd computes of our cross-entropy."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_autograd(scores, classes):
    return tg.grad(tg.nn.cross_entropy)(scores, classes)


def right(scores, classes):
    return np.eye(scores.shape[1])[classes]


def softmax(scores):
    return tg.softmax(scores, axis=1)


rng = np.random.default_rng(0)
CASES = [
    (np.array([[0.0, 0.0]]), np.array([1])),
    (np.array([[1.0, 0.0]]), np.array([0])),
    (np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([1, 0])),
    *((rng.normal(size=(n, k)).round(1), rng.integers(0, k, n)) for n, k in ((1, 3), (2, 3), (3, 2), (5, 4))),
]
CHECKS = [
    Calls(
        "gradient",
        CASES,
        by_autograd,
        hints=(
            "The slope of log(sum of eˢ) with respect to one s is eˢ / sum, which is the softmax. The slope of - s of the "
            "right "
            "class is -1 for this score, and 0 for the others.",
            "Subtract 1 from the softmax at the right class of each row. The loss is a mean: divide by the number of "
            "samples.",
        ),
        slips=[
            Slip("The loss is a mean over the samples. Divide by their number.", lambda s, c: softmax(s) - right(s, c)),
            Slip(
                "Look at the sign: a higher score of the right class makes the loss smaller.", lambda s, c: -by_autograd(s, c)
            ),
            Slip("The second part is missing: -1 at the right class of each row.", lambda s, c: softmax(s) / len(c)),
            Slip("The second part is missing: -1 at the right class of each row.", lambda s, c: softmax(s)),
            Slip(
                "This divides by the number of all scores. The loss is a mean over the samples, the rows.",
                lambda s, c: (softmax(s) - right(s, c)) / s.size,
            ),
            Slip(
                "This divides by the number of classes. The loss is a mean over the samples, the rows.",
                lambda s, c: (softmax(s) - right(s, c)) / s.shape[1],
            ),
            Slip(
                "The scores themselves are used, instead of their softmax.",
                lambda s, c: (s - right(s, c)) / len(c),
            ),
            Slip(
                "p[:, classes] -= 1 changes these columns in every row. Choose one element in each row: "
                "p[np.arange(len(classes)), classes].",
                when=lambda found, s, c: len(c) > 1,
            ),
        ],
    )
]
