"""Checks of newton: bowls, in which the directions are coupled, and functions that are no bowls."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip
from ...comparing import Written


def slope_and_curvature(f, p):
    return tg.grad(f.function)(p), tg.hessian(f.function)(p)


def moved(step):
    """The point after a step, which is a function of the gradient and the Hessian."""
    return lambda f, p: p - step(*slope_and_curvature(f, p))


CASES = [
    (Written("lambda p: 3 * p[0] ** 2 + p[1] ** 2"), np.array([5.0, 7.0])),
    (Written("lambda p: (p[0] - 1) ** 2"), np.array([3.0])),
    (Written("lambda p: p[0] ** 4"), np.array([3.0])),
    (Written("lambda p: 2 * (p[0] - 1) ** 2 + p[0] * p[1] + p[1] ** 2"), np.array([2.0, 1.0])),
    (Written("lambda p: np.exp(p[0]) - p[0] + (p[0] - p[1]) ** 2"), np.array([1.0, 0.0])),
    (Written("lambda p: np.sum(np.cosh(p)) + p[0] * p[1] * p[2]"), np.array([0.5, -0.5, 1.0])),
]
CHECKS = [
    Calls(
        "newton_step",
        CASES,
        moved(lambda g, H: np.linalg.solve(H, g)),
        compute=lambda newton_step, f, p: newton_step(f.function, p),
        hints=(
            "tg.grad(f)(p) is the gradient, tg.hessian(f)(p) the matrix H. np.linalg.solve(H, gradient) finds d.",
            "The result is p minus what np.linalg.solve returns.",
        ),
        slips=[
            Slip("The sign is the wrong one: subtract the step from p.", moved(lambda g, H: -np.linalg.solve(H, g))),
            Slip("This is a step of gradient descent. The Hessian is not used.", moved(lambda g, H: g)),
            Slip(
                "The gradient is multiplied by H here. Solve H d = gradient instead, which divides by it.",
                moved(lambda g, H: H @ g),
            ),
            Slip(
                "/ divides by each element of H alone. np.linalg.solve(H, gradient) solves H d = gradient.",
                lambda f, p: p - tg.grad(f.function)(p) / tg.hessian(f.function)(p),
            ),
            Slip(
                "Only the diagonal of H is used. The other elements say how the directions are coupled.",
                moved(lambda g, H: g / np.diag(H)),
            ),
            Slip(
                "This is the step d. The result is the point p - d.",
                lambda f, p: np.linalg.solve(*slope_and_curvature(f, p)[::-1]),
            ),
        ],
    )
]
