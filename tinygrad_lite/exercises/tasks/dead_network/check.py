"""Checks of dead_network: the units before the training, and the loss after it, for several random numbers."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls
from ...comparing import Wanted, plain

x = np.linspace(-2, 2, 41)[:, None]
y = np.abs(x)
UNITS = 16
HALF = f"at least half of the {UNITS} units"


def parameters(first_parameters, seed):
    return [np.array(plain(p), float) for p in first_parameters(np.random.default_rng(seed))]


def units(first_parameters, seed):
    """What each unit computes before the training, for all x; a column for each unit."""
    w1, b1, w2, b2 = parameters(first_parameters, seed)
    assert (w1.shape, b1.shape, w2.shape, b2.shape) == ((1, UNITS), (UNITS,), (UNITS, 1), (1,)), (
        "These are not the shapes of the task."
    )
    return x @ w1 + b1


def loss_after_training(first_parameters, seed):
    w1, b1, w2, b2 = leaves = [tg.Tensor(p) for p in parameters(first_parameters, seed)]
    optimizer = tg.optim.Adam(leaves, lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        loss = np.mean((tg.relu(x @ w1 + b1) @ w2 + b2 - y) ** 2)
        loss.backward()
        optimizer.step()
    return loss.item()


def counted(about, count, hints):
    """A check that at least half of the units are so."""
    return Calls(
        "first_parameters",
        CASES,
        lambda seed: Wanted(HALF, lambda found: found >= UNITS // 2),
        compute=lambda first_parameters, seed: int(count(units(first_parameters, seed))),
        about=about,
        hints=hints,
        shown=0,
    )


CASES = [(0,), (1,), (2,)]
CHECKS = [
    counted(
        "the number of units that are alive",
        lambda z: np.sum(np.any(z > 0, axis=0)),
        (
            "These units are dead: x @ w1 + b1 is below 0 for all x from -2 to 2, or always 0. Which parameter makes it "
            "so low?",
            "Begin with biases of 0, and with random weights that are not 0.",
        ),
    ),
    counted(
        "the number of units that bend between -2 and 2",
        lambda z: np.sum(np.any(z > 0, axis=0) & np.any(z < 0, axis=0)),
        (
            "These units are above 0 for all x, so relu changes nothing, and the network is a straight line. A unit is "
            "useful if it is above 0 for some x, and 0 for others.",
            "A unit bends at x = -b1 / w1. With biases near 0 this is inside the data.",
        ),
    ),
    counted(
        "the number of different units",
        lambda z: len(np.unique(z.round(9), axis=1).T),
        (
            "Units that begin with the same parameters compute the same, and are only one. Random weights make them "
            "different.",
            "rng.normal(size=(1, 16)) makes 16 different weights.",
        ),
    ),
    Calls(
        "first_parameters",
        CASES,
        lambda seed: Wanted("below 0.02", lambda loss: loss < 0.02),
        compute=loss_after_training,
        about="the loss after the training",
        shown=0,
        hints=(
            "The units are alive, but the training does not get far in 200 steps. How large are the weights? Numbers "
            "between -2 "
            "and 2 are a good start.",
            "Only one of the four arrays of the task has to change.",
        ),
    ),
]
