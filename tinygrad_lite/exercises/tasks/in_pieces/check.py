"""Checks of in_pieces: the value, the gradient, and how many pieces are in the graph."""

import tinygrad_lite as tg

from ...checks import Calls, Slip
from ...comparing import Written


def through(layer, x, n):
    for _ in range(n):
        x = layer(x)
    return x


def expected(layer, x, n, every):
    value, gradient = tg.value_and_grad(lambda x: through(layer.function, x, n))(x)
    return value, gradient, -(-n // every)


def found(chain, layer, x, n, every):
    """The value and the gradient of their chain, and the number of checkpoints in its graph."""
    leaf = tg.Tensor(x)
    result = chain(layer.function, leaf, n, every)
    if not isinstance(result, tg.Tensor):
        return result
    pieces = sum(node.function == "replayed" for node in tg.Graph.of(result))
    if result.requires_grad:
        result.backward()
    return result.item(), 0.0 if leaf.grad is None else leaf.grad, pieces


def calls(count):
    """What comes out with another number of calls, in the right number of pieces."""

    def mistaken(layer, x, n, every):
        value, gradient, _ = expected(layer, x, count(n, every), every)
        return value, gradient, -(-count(n, every) // every)

    return mistaken


CASES = [
    (Written("lambda x: x * x"), 1.1, 5, 2),
    (Written("np.sin"), 1.0, 1, 1),
    (Written("np.sin"), 1.0, 2, 1),
    (Written("np.sin"), 1.0, 2, 2),
    (Written("np.sin"), 1.0, 3, 2),
    (Written("lambda x: 1.5 * np.tanh(x)"), 0.5, 10, 4),
    (Written("lambda x: 1.5 * np.tanh(x)"), 0.5, 16, 4),
]
CHECKS = [
    Calls(
        "chain",
        CASES,
        expected,
        compute=found,
        shown=0,
        about="the value, the gradient or the number of pieces",
        hints=(
            "Write a function `piece` that applies layer several times, and call tg.checkpoint(piece)(x) for each piece.",
            "for done in range(0, n, every): the piece that begins here has min(every, n - done) calls.",
        ),
        slips=[
            Slip(
                "There are no checkpoints in the graph. Call tg.checkpoint(piece)(x) in the place of piece(x).",
                lambda layer, x, n, every: (*expected(layer, x, n, every)[:2], 0),
            ),
            Slip(
                "The whole chain is one piece, so the backward pass has to keep all of it after all.",
                lambda layer, x, n, every: (*expected(layer, x, n, every)[:2], 1),
            ),
            Slip(
                "Each call is a piece of its own, so every value between them is kept.",
                lambda layer, x, n, every: (*expected(layer, x, n, every)[:2], n),
            ),
            Slip(
                "The last calls are missing, those that do not fill a whole piece.",
                calls(lambda n, every: n // every * every),
            ),
            Slip(
                "The last piece has too many calls: it is shorter, if n is not a multiple of `every`.",
                calls(lambda n, every: -(-n // every) * every),
            ),
            Slip(
                "The last calls are not in a piece. The shorter piece at the end needs a checkpoint, too.",
                lambda layer, x, n, every: (*expected(layer, x, n, every)[:2], n // every),
            ),
            Slip(
                "The piece reads a variable, such as the number of calls, that has another value when the backward pass "
                "computes the piece again. Write a function with this number as its argument, and define and return "
                "the piece in it.",
                when=lambda found, layer, x, n, every: isinstance(found, RuntimeError) and "other values" in str(found),
            ),
            Slip(
                "A piece is missing. There are n / every pieces, rounded up, and each needs a checkpoint.",
                when=lambda found, layer, x, n, every: isinstance(found, tuple) and found[2] < -(-n // every),
            ),
        ],
    )
]
