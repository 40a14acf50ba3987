"""The first position, and as many more as there are whole strides in what is left of the row."""


def output_size(n, k, s, p):
    """How many positions there are. The kernel is never longer than the row with its padding."""
    return (n + 2 * p - k) // s + 1
