# === Divide by their number
def gradient(scores, classes):
    p = tg.softmax(scores, axis=1)
    p[np.arange(len(classes)), classes] -= 1
    return p


# === a higher score of the right class makes the loss smaller
def gradient(scores, classes):
    right = np.eye(scores.shape[1])[classes]
    return (right - tg.softmax(scores, axis=1)) / len(classes)


# === The second part is missing
def gradient(scores, classes):
    return tg.softmax(scores, axis=1) / len(scores)


# === in every row
def gradient(scores, classes):
    p = tg.softmax(scores, axis=1)
    p[:, classes] -= 1
    return p / len(classes)


# === instead of their softmax
def gradient(scores, classes):
    return (scores - np.eye(scores.shape[1])[classes]) / len(classes)
