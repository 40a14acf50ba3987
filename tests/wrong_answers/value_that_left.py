# === The largest value is still a constant
def loss(w, x, y):
    curve = np.exp(w * x)
    largest = np.max(getattr(curve, "data", curve))
    return np.mean((curve / largest - y) ** 2)


# === The loss has to stay the same
def loss(w, x, y):
    return np.mean((np.exp(w * x) - y) ** 2)


# === Now the whole curve has left the graph
def loss(w, x, y):
    curve = np.exp(getattr(w, "data", w) * x)
    return np.mean((curve / np.max(curve) - y) ** 2)


# === This divides by the sum
def loss(w, x, y):
    curve = np.exp(w * x)
    return np.mean((curve / np.sum(curve) - y) ** 2)


# === This line makes plain numbers
def loss(w, x, y):
    curve = np.exp(w * x)
    return np.mean((curve / float(np.max(curve)) - y) ** 2)
