"""Checks of softmax: small and large scores, and rows that are far apart."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def naive(scores, axis=1):
    powers = np.exp(scores)
    return powers / powers.sum(axis=axis, keepdims=True)


def largest_of_all(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum(axis=1, keepdims=True)


rng = np.random.default_rng(0)
CASES = [
    (np.array([[0.0, 0.0], [0.0, 1.0986]]),),
    (np.array([[2.0]]),),
    (np.array([[0.0, 2.0]]),),
    (np.array([[1000.0, 1001.0]]),),
    (np.array([[-1000.0, -1000.0]]),),
    (np.array([[0.0, 2000.0]]),),
    (np.array([[0.0, 1.0], [2000.0, 2001.0]]),),
    *((rng.normal(size=shape).round(1),) for shape in ((1, 3), (2, 3), (3, 2), (4, 5))),
]
CHECKS = [
    Calls(
        "softmax",
        CASES,
        lambda scores: tg.softmax(scores, axis=1),
        hints=(
            "Three steps: subtract the largest score of each row, take np.exp, divide by the sum of each row.",
            "scores.max(axis=1, keepdims=True) has one number for each row, and keeps the axis, so that it can be "
            "subtracted.",
        ),
        slips=[
            Slip(
                "Large scores overflow: e¹⁰⁰⁰ is infinite, and infinite divided by infinite is nan. Scores far below 0 "
                "give 0 "
                "divided by 0. Subtract the largest score of each row first.",
                naive,
            ),
            Slip(
                "The largest score of all rows is subtracted. A row that is far below it becomes 0 divided by 0. Take the "
                "largest of each row.",
                largest_of_all,
            ),
            Slip(
                "The mean of each row is subtracted. The largest score can still be far above 0 then. Subtract the largest "
                "score.",
                lambda scores: naive(scores - scores.mean(axis=1, keepdims=True)),
            ),
            Slip(
                "The sum goes over everything, so the rows together add up to 1. Sum each row: axis=1.",
                lambda scores: naive(scores - scores.max(axis=1, keepdims=True), None),
            ),
            Slip(
                "The sum goes over everything, so the rows together add up to 1. Sum each row: axis=1.",
                lambda s: naive(s, None),
            ),
            Slip(
                "The sum goes over everything, so the rows together add up to 1. Sum each row: axis=1.",
                lambda s: naive(s - s.max(), None),
            ),
            Slip(
                "The columns add up to 1, instead of the rows. Use axis=1.",
                lambda s: naive(s - s.max(axis=0, keepdims=True), 0),
            ),
            Slip("The columns add up to 1, instead of the rows. Use axis=1.", lambda scores: naive(scores, 0)),
            Slip(
                "The shapes do not fit: without keepdims=True, the largest of each row loses its axis.",
                when=lambda found, scores: isinstance(found, ValueError) or len(scores) > 1,
            ),
            Slip(
                "The scores are divided by their sum. Take e to the power of each first.",
                lambda s: s / s.sum(axis=1, keepdims=True),
            ),
            Slip("The powers are not divided by their sum yet.", lambda s: np.exp(s - s.max(axis=1, keepdims=True))),
        ],
    )
]
