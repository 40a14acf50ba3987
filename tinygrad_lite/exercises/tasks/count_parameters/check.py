"""Checks of count_parameters: networks made of our layers, whose parameters are counted."""

from itertools import pairwise

from tinygrad_lite import nn

from ...checks import Calls, Slip


def by_network(sizes):
    layers = [nn.Linear(inputs, units, seed=0) for inputs, units in pairwise(sizes)]
    return sum(parameter.size for layer in layers for parameter in layer.parameters())


def weights(sizes):
    return sum(inputs * units for inputs, units in pairwise(sizes))


CASES = [
    ([2, 16, 3],),
    ([1, 1],),
    ([3, 1],),
    ([1, 4],),
    ([5, 2, 2],),
    ([2, 3, 4, 5],),
    ([10, 10, 10, 10, 1],),
    ([784, 30, 10],),
]
CHECKS = [
    Calls(
        "count",
        CASES,
        by_network,
        hints=(
            "Go through the neighbours in the list, sizes[i] and sizes[i + 1]. Each pair is a layer: its inputs and its "
            "units.",
            "A layer has inputs * units weights, and as many biases as units.",
        ),
        slips=[
            Slip("These are the weights alone. Each unit has a bias as well.", weights),
            Slip("The inputs are not units: they have no biases.", lambda sizes: weights(sizes) + sum(sizes)),
            Slip(
                "A layer has a bias for each of its units, not for each of its inputs.",
                lambda sizes: weights(sizes) + sum(sizes[:-1]),
            ),
            Slip("This has one bias for each layer. Each unit has a bias.", lambda sizes: weights(sizes) + len(sizes) - 1),
            Slip(
                "These are the units. Each of them has a weight for each of its inputs, and a bias.",
                lambda sizes: sum(sizes[1:]),
            ),
            Slip("Only the first layer is counted.", lambda sizes: (sizes[0] + 1) * sizes[1]),
            Slip(
                "Only the last layer is counted. Does `return` belong after the loop?",
                lambda sizes: (sizes[-2] + 1) * sizes[-1],
            ),
        ],
    )
]
