# === A probability is rounded to 0
def cross_entropy(scores, classes):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    return -np.mean(np.log(probabilities[np.arange(len(classes)), classes]))


# === Large scores overflow
def cross_entropy(scores, classes):
    right = scores[np.arange(len(classes)), classes]
    return np.mean(np.log(np.exp(scores).sum(axis=1)) - right)


# === The loss is their mean
def cross_entropy(scores, classes):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(logs[np.arange(len(classes)), classes])


# === takes these columns from every row
def cross_entropy(scores, classes):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(logs[:, classes])


# === The minus is missing
def cross_entropy(scores, classes):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.mean(logs[np.arange(len(classes)), classes])


# === These are the losses of all samples
def cross_entropy(scores, classes):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(classes)), classes]
