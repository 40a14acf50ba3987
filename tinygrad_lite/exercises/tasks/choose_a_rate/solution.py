"""One step is enough if 1 - rate · h is 0. A step ends further away if 1 - rate · h is below -1."""


def best_rate(h):
    """The learning rate with which one step arrives at the minimum."""
    return 1 / h


def limit(h):
    """The largest learning rate with which no step ends further away from the minimum."""
    return 2 / h
