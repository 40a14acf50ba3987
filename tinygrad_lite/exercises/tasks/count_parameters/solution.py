"""Each pair of neighbours in the list is a layer: its inputs and its units. The bias is like the weight of one more input."""


def count(sizes):
    """The number of all weights and biases."""
    return sum((sizes[i] + 1) * sizes[i + 1] for i in range(len(sizes) - 1))
