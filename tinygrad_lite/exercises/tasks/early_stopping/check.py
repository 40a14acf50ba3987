"""Checks of early_stopping: lists in which the loss falls, rises, stays equal, and falls again later."""

import numpy as np

from ...checks import Calls, Slip


def stopped(losses, patience, equal_is_better=False, reset=True):
    """The best epoch, and the one after which the training ended. The arguments after patience are mistakes."""
    best, waited = 0, 0
    for epoch, loss in enumerate(losses):
        if epoch and (loss < losses[best] or (equal_is_better and loss == losses[best])):
            best, waited = epoch, 0 if reset else waited
        elif epoch:
            waited += 1
        if waited == patience:
            return best, epoch
    return best, len(losses) - 1


def first_rise(losses, patience):
    """The epoch before the loss rose `patience` times in a row, compared with the epoch before."""
    rises = 0
    for epoch in range(1, len(losses)):
        rises = rises + 1 if losses[epoch] > losses[epoch - 1] else 0
        if rises == patience:
            return epoch - patience
    return int(np.argmin(losses))


rng = np.random.default_rng(0)
CASES = [
    ([5, 3, 4, 4, 2], 2), ([5, 3, 4, 4, 2], 3), ([3], 1), ([3, 2], 1), ([2, 3], 1), ([3, 2, 2], 2), ([3, 4, 2], 1),
    ([3, 4, 2], 2), ([5, 4, 6, 3, 6, 2], 2), ([4, 6, 5, 3], 2),
    ([5, 3, 4, 4, 2, 9, 9, 9, 1], 2),
    *((rng.integers(1, 9, 8).tolist(), patience) for patience in (1, 2, 3, 3, 4)),
]  # fmt: skip
CHECKS = [
    Calls(
        "best_epoch",
        CASES,
        lambda losses, patience: stopped(losses, patience)[0],
        shown=2,
        hints=(
            "Go through the epochs. Remember the best epoch so far. When the current epoch is `patience` after it, stop.",
            "`if loss < losses[best]: best = epoch`, and then `if epoch - best == patience: break`.",
        ),
        slips=[
            Slip(
                "This is the best of all epochs. But the training ends earlier: after `patience` epochs without a new "
                "smallest loss. What comes later is never computed.",
                lambda losses, patience: int(np.argmin(losses)),
            ),
            Slip(
                "This is the epoch after which the training ends. The parameters of the best epoch are kept.",
                lambda losses, patience: stopped(losses, patience)[1],
            ),
            Slip(
                "A loss that is equal to the smallest is not a new smallest one. Use < in the place of <=.",
                lambda losses, p: stopped(losses, p, equal_is_better=True)[0],
            ),
            Slip(
                "After a new smallest loss the counting begins again at 0: the epochs without one have to be in a row.",
                lambda losses, patience: stopped(losses, patience, reset=False)[0],
            ),
            Slip(
                "Compare each loss with the smallest so far, not with the one of the epoch before.",
                first_rise,
            ),
            Slip("The training ends one epoch too late.", lambda losses, patience: stopped(losses, patience + 1)[0]),
            Slip("The training ends one epoch too early.", lambda losses, patience: stopped(losses, patience - 1)[0]),
            Slip("This is the loss of the best epoch. Return the epoch.", lambda losses, p: losses[stopped(losses, p)[0]]),
        ],
    )
]
