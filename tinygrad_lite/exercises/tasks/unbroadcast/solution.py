"""Axes that were added at the left disappear. An axis of length 1 stays, so it is summed with keepdims."""


def unbroadcast(g, shape):
    """The gradient g, summed to this shape."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(i for i, length in enumerate(shape) if length == 1)
    return g.sum(axis=stretched, keepdims=True)
