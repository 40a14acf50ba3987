"""Checks of chain_on_paper: autograd differentiates each step, and the chain."""

import tinygrad_lite as tg

from ...checks import Numbers


def u(x):
    return 3 * x + 1


def y(u):
    return u**2


def L(y):
    return y / 2


CHECKS = [
    Numbers(
        {
            "u_per_x": tg.grad(u)(1.0),
            "y_per_u": tg.grad(y)(u(1.0)),
            "L_per_y": tg.grad(L)(y(u(1.0))),
            "L_per_x": tg.grad(lambda x: L(y(u(x))))(1.0),
        },
        hints={
            "u_per_x": ("If x rises by 1, by how much does 3 * x + 1 rise?", "It is the number in front of x."),
            "y_per_u": ("The slope of u² is 2u. What is u, when x is 1?", "u is 4 here."),
            "L_per_y": ("If y rises by 1, by how much does y / 2 rise?", "It is the same everywhere, whatever y is."),
            "L_per_x": (
                "There is one path from x to L. The slope of the whole is the product of the slopes along it.",
                "Multiply the three numbers above.",
            ),
        },
        slips=[
            ("u_per_x", 4.0, "This is the value of u. The slope says by how much u changes when x changes."),
            ("y_per_u", 2.0, "The slope of u² is 2u, where u is not 1 but 3 * x + 1."),
            ("y_per_u", 16.0, "This is the value of y. Its slope with respect to u is 2u."),
            ("y_per_u", 4.0, "This is u. The slope of u² is 2u."),
            ("y_per_u", 24.0, "This is already the slope of y with respect to x. Here only the step from u to y counts."),
            ("L_per_y", 8.0, "This is the value of L. The slope says by how much L changes when y changes."),
            ("L_per_y", 2.0, "y is divided by 2: if y rises by 1, L rises by less than 1."),
            ("L_per_x", 11.5, "These are the slopes added up. Along one path slopes are multiplied."),
            ("L_per_x", 24.0, "This is the slope of y with respect to x. The last step, from y to L, is missing."),
            ("L_per_x", 4.0, "This is the slope of L with respect to u. The first step, from x to u, is missing."),
        ],
    )
]
