"""Checks of loop_that_learns: one epoch and several, beside the same loop on plain numbers."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip

gradient = tg.grad(lambda p, x, y: np.mean((p[0] * x + p[1] - y) ** 2))


def descent(keep=0.0, sign=-1.0, moved=(1.0, 1.0)):
    """The loop on an array. keep: how much of the old gradient stays; moved: which parameters move."""

    def train(x, y, rate, epochs):
        p, g = np.zeros(2), np.zeros(2)
        for _ in range(epochs):
            g = keep * g + gradient(p, x, y)
            p = p + sign * rate * g * moved
        return tuple(p.tolist())

    return train


x = np.array([0.0, 1.0, 2.0])
CASES = [
    (x, np.array([1.0, 3.0, 5.0]), 0.1, 1),
    (np.array([1.0]), np.array([2.0]), 0.1, 1),
    (np.array([1.0]), np.array([2.0]), 0.1, 2),
    (x, np.array([1.0, 0.0, -1.0]), 0.05, 3),
    (x, np.array([1.0, 3.0, 5.0]), 0.1, 20),
]
CHECKS = [
    Calls(
        "train",
        CASES,
        descent(),
        shown=0,
        hints=(
            "In each epoch: compute the loss, call backward(), move a and b by -rate times their gradients, and clear the "
            "gradients.",
            "Inside `with tg.no_grad():`, p -= rate * p.grad changes the parameter. p.zero_grad() clears its gradient.",
        ),
        slips=[
            Slip(
                "a and b do not change. `p = p - …` makes a new Tensor and calls it p; a and b are still the old ones. "
                "`p -= …` changes the parameter itself.",
                lambda x, y, rate, epochs: (0.0, 0.0),
            ),
            Slip(
                "The gradients of all epochs add up, since backward() adds to .grad. Clear them after each step: "
                "p.zero_grad().",
                descent(keep=1.0),
            ),
            Slip("a and b move uphill. A step goes against the gradient: -=.", descent(sign=1.0)),
            Slip("Only a moves. Move b as well.", descent(moved=(1.0, 0.0))),
            Slip("Only b moves. Move a as well.", descent(moved=(0.0, 1.0))),
            Slip(
                "The step itself is recorded, as if it were a part of the loss. Put it inside `with tg.no_grad():`.",
                when=lambda found, *case: isinstance(found, RuntimeError) and "being recorded" in str(found),
            ),
            Slip(
                "After `a = a - …`, the name a belongs to a new Tensor, which is a result and no leaf. Write `a -= …` "
                "inside `with tg.no_grad():`.",
                when=lambda found, x, y, rate, epochs: isinstance(found, Exception),
            ),
        ],
    )
]
