# === This is the sum of everything
def unbroadcast(g, shape):
    return g.sum()


# === Those of length 1 have to be summed as well
def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g


# === The parts of a gradient add up
def unbroadcast(g, shape):
    g = g.mean(axis=tuple(range(g.ndim - len(shape))))
    return g.mean(axis=tuple(i for i, length in enumerate(shape) if length == 1), keepdims=True)


# === Sum them with keepdims=True
def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, length in enumerate(shape) if length == 1))


# === they disappear
def unbroadcast(g, shape):
    return g.sum(axis=tuple(i for i, length in enumerate(shape) if length == 1), keepdims=True)
