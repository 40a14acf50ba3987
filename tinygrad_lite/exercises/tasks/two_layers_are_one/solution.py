"""Multiply out: x @ (w1 @ w2) + (b1 @ w2 + b2). Two layers can do more than one only with an activation function."""


def merged(w1, b1, w2, b2):
    """The w and the b of the one layer. w1 and w2 are matrices, b1 and b2 have one axis."""
    w = w1 @ w2
    b = b1 @ w2 + b2
    return w, b
