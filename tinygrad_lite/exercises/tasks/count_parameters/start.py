"""Count the parameters of a network.

Chapter 8. A network is described by a list of sizes. [2, 16, 3] means: 2 inputs, a layer of 16
units, a layer of 3 units. Each unit has one weight for each of its inputs, and one bias. So the
first layer has 16 · 2 weights and 16 biases, and the second has 3 · 16 weights and 3 biases: 99
parameters in all.

Check your answer:  python -m tinygrad_lite exercises check count_parameters
"""


def count(sizes):
    """The number of all weights and biases."""
    return ...
