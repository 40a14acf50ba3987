"""Checks of from_pytorch: the same training on plain numbers, after one epoch and after several."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip

gradient = tg.grad(lambda p, x, y: np.mean((p[0] * x + p[1] - y) ** 2))


def trained(rate=0.1, beta=0.9, keep=0.0):
    """The loop on an array. keep: how much of the old gradient stays."""

    def train(x, y, epochs):
        p, velocity, g = np.zeros((3, 2))
        for _ in range(epochs):
            g = keep * g + gradient(p, x, y)
            velocity = beta * velocity + g
            p = p - rate * velocity
        return tuple(p.tolist())

    return train


def summed(x, y, epochs):
    return trained(rate=0.1 * len(x))(x, y, epochs)


x = np.array([[0.0], [1.0], [2.0]])
CASES = [
    (np.array([[1.0]]), np.array([[2.0]]), 1),
    (np.array([[1.0]]), np.array([[2.0]]), 2),
    (x, 2 * x + 1, 1),
    (x, 1 - x, 3),
    (x, 2 * x + 1, 30),
]
CHECKS = [
    Calls(
        "train",
        CASES,
        trained(),
        shown=0,
        hints=(
            "Write the optimizer, the loop, and in it the four lines, in this order: zero_grad, loss, backward, step.",
            "optimizer = tg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), and loss = tg.nn.mse_loss(model(x), y).",
        ),
        slips=[
            Slip(
                "The model has not changed. Write the loop in the place of the `...`. In it, optimizer.step() moves the "
                "parameters.",
                lambda x, y, epochs: (0.0, 0.0),
            ),
            Slip(
                "There is no torch here. Write tg.optim.SGD and tg.nn.mse_loss.",
                when=lambda found, x, y, epochs: isinstance(found, NameError) and "torch" in str(found),
            ),
            Slip("The gradients of all epochs add up. Clear them with optimizer.zero_grad().", trained(keep=1.0)),
            Slip("The momentum is missing: momentum=0.9.", trained(beta=0.0)),
            Slip("The momentum is missing, and the gradients of all epochs add up.", trained(beta=0.0, keep=1.0)),
            Slip("The squares are added up. The loss is their mean: tg.nn.mse_loss.", summed),
            Slip("The rate is another one: lr=0.1.", trained(rate=0.01)),
            Slip("The rate is another one: lr=0.1.", trained(rate=0.001)),
        ],
    )
]
