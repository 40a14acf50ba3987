"""The number of epochs since the best one is the distance to it."""


def best_epoch(losses, patience):
    """The epoch whose parameters are kept. losses has the validation loss of each epoch."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best
