"""Each layer is between two neighbours in the list: its inputs and its units. The bias is like one more input."""


def count(sizes):
    """The number of all weights and biases."""
    return sum((sizes[i] + 1) * sizes[i + 1] for i in range(len(sizes) - 1))
