"""Checks of slope_on_paper: our engine computes what the learner worked out."""

import tinygrad_lite as tg

from ...checks import Numbers


def f(x):
    return 3 * x**2 - 2 * x + 1


slope = tg.grad(f)
lowest = -slope(0.0) / tg.hessian(f)(0.0)  # a parabola: one step of Newton's method ends at the lowest point
CHECKS = [
    Numbers(
        {"slope_at_2": slope(2.0), "slope_at_0": slope(0.0), "lowest_at": lowest},
        hints={
            "slope_at_2": (
                "Take the slope of each part: of 3x², of -2x and of 1. Then add them up, and put 2 in the place of x.",
                "The slope of 3x² is 3 times 2x, which is 6x.",
            ),
            "slope_at_0": (
                "Use the same formula for the slope as at 2, and put 0 in the place of x.",
                "At 0, only the part -2x has a slope that is not 0.",
            ),
            "lowest_at": (
                "Take the formula of the slope. For which x is it 0?",
                "Solve 6x - 2 = 0 for x. Write x as a fraction: Python computes it.",
            ),
        },
        slips=[
            ("slope_at_2", f(2.0), "This is the height of the curve, f(2). The slope is another number."),
            ("slope_at_2", 12.0, "This is the slope of 3x² alone. The part -2x has a slope as well."),
            ("slope_at_2", 11.0, "The constant 1 has the slope 0: it moves the curve up, and changes no slope."),
            ("slope_at_0", 1.0, "This is the height of the curve, f(0). The slope is another number."),
            ("slope_at_0", 0.0, "Only the slope of 3x² is 0 here. The part -2x has a slope as well."),
            ("slope_at_0", 2.0, "Look at the sign: to the right of 0, does the curve rise or fall?"),
            ("lowest_at", -lowest, "Look at the sign: the slope at 0 is negative, so the lowest point is to the right of 0."),
            ("lowest_at", f(lowest), "This is the height of the lowest point. The question asks for x."),
            ("lowest_at", 3.0, "Divide the other way round: 6x = 2."),
        ],
    )
]
