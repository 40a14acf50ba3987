# === This is the best of all epochs
def best_epoch(losses, patience):
    return losses.index(min(losses))


# === The parameters of the best epoch are kept
def best_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return epoch
    return len(losses) - 1


# === A loss that is equal to the smallest
def best_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best


# === the counting begins again at 0
def best_epoch(losses, patience):
    best, bad = 0, 0
    for epoch, loss in enumerate(losses[1:], 1):
        if loss < losses[best]:
            best = epoch
        else:
            bad += 1
        if bad == patience:
            break
    return best


# === not with the one of the epoch before
def best_epoch(losses, patience):
    rises = 0
    for epoch in range(1, len(losses)):
        rises = rises + 1 if losses[epoch] > losses[epoch - 1] else 0
        if rises == patience:
            return epoch - patience
    return losses.index(min(losses))
