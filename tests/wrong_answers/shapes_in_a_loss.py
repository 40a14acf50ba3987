# === (n, 1) minus (n,) has the shape (n, n)
def loss(prediction, target):
    return np.mean((prediction - target[None, :]) ** 2)


# === The loss was a mean
def loss(prediction, target):
    return np.sum((prediction[:, 0] - target) ** 2)


# === Only the first prediction is used
def loss(prediction, target):
    return np.mean((prediction[0] - target) ** 2)


# === a value left the graph
def loss(prediction, target):
    difference = prediction[:, 0] - target
    return np.mean(getattr(difference, "data", difference) * difference)


# === This compares the mean of the predictions
def loss(prediction, target):
    return (np.mean(prediction) - np.mean(target)) ** 2
