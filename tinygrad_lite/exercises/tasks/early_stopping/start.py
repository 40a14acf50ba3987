"""Write early stopping.

Chapter 11. A network that is trained for too long learns its training data by heart. Then the loss
of the validation data rises, which are data that it does not learn from. Early stopping watches
this loss: when `patience` epochs in a row have not brought a new smallest loss, the training ends.
The parameters of the best epoch so far are kept.

Return this epoch, counted from 0. For the losses [5, 3, 4, 4, 2] and a patience of 2 it is epoch
1: the training ends after epoch 3, and never sees the 2. With a patience of 3 it is epoch 4.

Check your answer:  python -m tinygrad_lite exercises check early_stopping
"""


def best_epoch(losses, patience):
    """The epoch whose parameters are kept. losses has the validation loss of each epoch."""
    return ...
