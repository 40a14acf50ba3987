"""Compute a long chain in pieces, to save memory.

Chapter 12. The backward pass needs values from the forward pass, so all of them are kept.
Checkpointing keeps less: `tg.checkpoint(piece)(x)` computes piece(x), does not keep what was
computed inside, and computes it again in the backward pass. This takes time, and saves memory.

Apply `layer` to x, n times in a row, in checkpointed pieces of `every` calls each. The last piece
is shorter, if n is not a multiple of `every`. For n = 5 and every = 2 there are three pieces: 2, 2
and 1.

Check your answer:  python -m tinygrad_lite exercises check in_pieces
"""

import tinygrad_lite as tg


def chain(layer, x, n, every):
    """layer(layer(…layer(x))), n times, in pieces. x is a Tensor."""
    return ...
