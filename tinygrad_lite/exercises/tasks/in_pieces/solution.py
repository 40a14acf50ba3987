"""A piece is a function of its own, with as many calls as are left, and at most `every`."""

import tinygrad_lite as tg


def chain(layer, x, n, every):
    """layer(layer(…layer(x))), n times, in pieces. x is a Tensor."""

    def piece_of(calls):
        def piece(x):
            for _ in range(calls):
                x = layer(x)
            return x

        return piece

    for done in range(0, n, every):
        x = tg.checkpoint(piece_of(min(every, n - done)))(x)
    return x
