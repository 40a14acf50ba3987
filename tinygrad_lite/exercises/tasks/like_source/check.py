"""Checks of like_source: the program that tg.source writes for this function."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def f(x, y):
    product = x * y
    wave = np.sin(product)
    return wave + x**2


program: dict = {}
exec(str(tg.source(f, 2.0, 0.0)), program)


def by_source(x, y):
    value, gradients = program["f_and_gradient"](x, y)
    return value, tuple(gradients)


def mistaken(d_x, d_y):
    return lambda x, y: (f(x, y), (d_x(x, y), d_y(x, y)))


rng = np.random.default_rng(0)
CASES = [
    (2.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.0, 3.0), (-1.0, 0.5),
    *((round(float(x), 1), round(float(y), 1)) for x, y in rng.normal(size=(3, 2))),
]  # fmt: skip
CHECKS = [
    Calls(
        "f_and_gradient",
        CASES,
        by_source,
        hints=(
            "Begin with d_product, the slope of the sine at product. Then, for x and for y: in which lines is it used?",
            "d_product = np.cos(product). x is used twice: d_product * y comes back from one, 2 * x from the other.",
        ),
        slips=[
            Slip(
                "x is used twice. What comes back from x**2 is missing.",
                mistaken(lambda x, y: np.cos(x * y) * y, lambda x, y: np.cos(x * y) * x),
            ),
            Slip(
                "x is used twice. What comes back from x * y is missing.",
                mistaken(lambda x, y: 2 * x, lambda x, y: np.cos(x * y) * x),
            ),
            Slip(
                "The slope of x * y with respect to x is y, and with respect to y it is x. Here they are swapped.",
                mistaken(lambda x, y: np.cos(x * y) * x + 2 * x, lambda x, y: np.cos(x * y) * y),
            ),
            Slip(
                "The slope of the sine is the cosine of the same number, the product.",
                mistaken(lambda x, y: np.sin(x * y) * y + 2 * x, lambda x, y: np.sin(x * y) * x),
            ),
            Slip(
                "The slope of the sine is a plus cosine. The minus belongs to the slope of the cosine.",
                mistaken(lambda x, y: -np.cos(x * y) * y + 2 * x, lambda x, y: -np.cos(x * y) * x),
            ),
            Slip(
                "The gradient goes back through two steps: the sine and the product. Multiply by the slope of both.",
                mistaken(lambda x, y: np.cos(x * y) + 2 * x, lambda x, y: np.cos(x * y)),
            ),
        ],
    )
]
