"""Checks of central_differences: the gradient that our engine computes, for functions of one to four parameters."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip
from ...comparing import Written


def by_engine(f, p):
    return tg.grad(f.function)(p)


def one_sided(f, p):
    return np.array([(f(p + move) - f(p)) / 1e-4 for move in 1e-4 * np.eye(len(p))])


def not_halved(f, p):
    return 2 * by_engine(f, p)


def all_together(f, p):
    return np.full(len(p), (f(p + 1e-4) - f(p - 1e-4)) / 2e-4)


CASES = [
    (Written("lambda p: p[0] ** 3"), np.array([2.0])),
    (Written("lambda p: p[0] * p[1]"), np.array([3.0, 5.0])),
    (Written("lambda p: p[0] ** 3 * p[1]"), np.array([1.0, -2.0])),
    (Written("lambda p: np.sum(np.sin(p) ** 2)"), np.array([0.5, 1.0, 1.5])),
    (Written("lambda p: np.exp(p[3]) / p[0] + p[1] * p[2]"), np.array([2.0, 1.0, -1.0, 0.5])),
]
CHECKS = [
    Calls(
        "differences",
        CASES,
        by_engine,
        hints=(
            "Go through the parameters in a loop. In each round, make a copy of p and move one number in it.",
            "up = p.copy(); up[i] += step; and the same with down. Then (f(up) - f(down)) / (2 * step).",
        ),
        slips=[
            Slip(
                "These are differences to one side only: f(up) - f(p). Their error is much larger. Use f(up) - f(down).",
                one_sided,
            ),
            Slip("From down to up are two steps: divide by 2 * step.", not_halved),
            Slip(
                "All parameters are moved together. Move one at a time: each difference belongs to one parameter.",
                all_together,
            ),
            Slip(
                "The sign is the wrong one: it is f(up) - f(down), in this order.",
                lambda f, p: -by_engine(f, p),
            ),
            Slip(
                "This is one number. The result has a number for each parameter: collect them in an array.",
                when=lambda found, f, p: np.ndim(found) == 0 and isinstance(found, float),
            ),
        ],
    )
]
