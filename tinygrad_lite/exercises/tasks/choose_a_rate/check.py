"""Checks of choose_a_rate: steps on parabolas of several curvatures, with our optimizer."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip
from ...comparing import Wanted

FAR = 3.0  # where the steps begin; the minimum is at 0


def after_a_step(h, rate):
    """The distance from the minimum."""
    p = tg.Tensor(FAR)
    optimizer = tg.optim.SGD([p], lr=rate)
    (h / 2 * p**2).backward()
    optimizer.step()
    return abs(p.item())


def is_rate(found):
    return isinstance(found, float | int | np.number) and found > 0


CASES = [(1.0,), (2.0,), (10.0,), (0.5,), (0.01,), (37.0,)]
CHECKS = [
    Calls(
        "best_rate",
        CASES,
        lambda h: Wanted(
            "a rate with which one step arrives at the minimum", lambda rate: is_rate(rate) and after_a_step(h, rate) < 1e-6
        ),
        hints=(
            "After one step the distance is (1 - rate * h) times the old one. For which rate is this 0?",
            "Solve 1 - rate * h = 0 for rate.",
        ),
        slips=[
            Slip("With this rate a step ends just as far away, on the other side.", lambda h: 2 / h),
            Slip("With this rate a step goes half of the way.", lambda h: 1 / (2 * h)),
            Slip("A larger curvature needs a smaller rate: the slope is larger there.", lambda h: h),
            Slip("A rate below 0 goes uphill.", when=lambda found, h: found < 0),
            Slip(
                "This is one rate for all parabolas. Where the curvature is larger, the rate has to be smaller.",
                when=lambda found, h: found in (1, 0.5, 0.1, 0.01),
            ),
        ],
    ),
    Calls(
        "limit",
        CASES,
        lambda h: Wanted(
            "a rate with which a step ends as far away as it began",
            lambda rate: is_rate(rate) and after_a_step(h, 0.999 * rate) < FAR < after_a_step(h, 1.001 * rate),
        ),
        hints=(
            "Further away means that (1 - rate * h) is larger than 1, or smaller than -1. Where is it exactly -1?",
            "Solve 1 - rate * h = -1 for rate.",
        ),
        slips=[
            Slip(
                "With this rate a step arrives at the minimum. With a larger one it goes beyond, and may still end closer.",
                lambda h: 1 / h,
            ),
            Slip(
                "A larger curvature needs a smaller rate: the slope is larger there.",
                when=lambda found, h: found in (h, 2 * h),
            ),
        ],
    ),
]
