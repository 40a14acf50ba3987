"""Checks of cross_entropy: small and large scores, one sample and several."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def logs(scores):
    return tg.log_softmax(scores, axis=1)


def of_class(values, classes):
    return values[np.arange(len(classes)), classes]


def in_two_steps(scores, classes):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return -np.mean(np.log(of_class(powers / powers.sum(axis=1, keepdims=True), classes)))


def naive(scores, classes):
    powers = np.exp(scores)
    return -np.mean(np.log(of_class(powers / powers.sum(axis=1, keepdims=True), classes)))


def unshifted(scores, classes):
    return -np.mean(of_class(scores, classes) - np.log(np.exp(scores).sum(axis=1)))


rng = np.random.default_rng(0)
CASES = [
    (np.array([[0.0, 0.0]]), np.array([1])),
    (np.array([[3.0]]), np.array([0])),
    (np.array([[1.0, 0.0]]), np.array([0])),
    (np.array([[0.0, 1000.0]]), np.array([0])),
    (np.array([[1000.0, 1000.0]]), np.array([0])),
    (np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([1, 1])),
    *((rng.normal(size=(n, k)).round(1), rng.integers(0, k, n)) for n, k in ((1, 3), (2, 3), (3, 2), (5, 4))),
]
CHECKS = [
    Calls(
        "cross_entropy",
        CASES,
        lambda scores, classes: tg.nn.cross_entropy(scores, classes).item(),
        hints=(
            "First the logarithms of all probabilities, an array like scores. From each row take the one of the right class. "
            "Then minus their mean.",
            "logs[np.arange(len(classes)), classes] takes from each row the element of its class.",
        ),
        slips=[
            Slip(
                "A probability is rounded to 0, and its logarithm is infinite. Take the logarithm of the formula, as in the "
                "task, instead of the logarithm of the number.",
                in_two_steps,
            ),
            Slip("Large scores overflow. Subtract the largest score of each row first.", naive),
            Slip("Large scores overflow. Subtract the largest score of each row first.", unshifted),
            Slip(
                "The minus is missing: the logarithm of a probability is negative.",
                lambda s, c: np.mean(of_class(logs(s), c)),
            ),
            Slip(
                "These are the losses of all samples. The loss is their mean.",
                lambda s, c: -of_class(logs(s), c),
            ),
            Slip("This is the sum over the samples. The loss is their mean.", lambda s, c: -np.sum(of_class(logs(s), c))),
            Slip(
                "This is the mean over all classes. Only the logarithm of the right class of each sample counts.",
                lambda scores, classes: -np.mean(logs(scores)),
            ),
            Slip(
                "logs[:, classes] takes these columns from every row. Take one element from each row: "
                "logs[np.arange(len(classes)), classes].",
                lambda scores, classes: -np.mean(logs(scores)[:, classes]),
            ),
            Slip(
                "The logarithm is missing: this is the mean of the probabilities.",
                lambda s, c: np.mean(of_class(np.exp(logs(s)), c)),
            ),
        ],
    )
]
