"""There is the first position, and one more for each whole stride that fits in the rest of the row."""


def output_size(n, k, s, p):
    """How many positions there are. The kernel is never longer than the row with its padding."""
    return (n + 2 * p - k) // s + 1
