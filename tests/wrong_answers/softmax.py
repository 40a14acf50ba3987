# === Large scores overflow
def softmax(scores):
    powers = np.exp(scores)
    return powers / np.sum(powers, axis=1, keepdims=True)


# === The largest score of all rows is subtracted
def softmax(scores):
    powers = np.exp(scores - np.max(scores))
    return powers / np.sum(powers, axis=1, keepdims=True)


# === The sum goes over everything
def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum()


# === The columns add up to 1
def softmax(scores):
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)


# === without keepdims=True
def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1))
    return powers / powers.sum(axis=1)


# === The powers are not divided
def softmax(scores):
    return np.exp(scores - scores.max(axis=1, keepdims=True))


# === The mean of each row is subtracted
def softmax(scores):
    powers = np.exp(scores - scores.mean(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
