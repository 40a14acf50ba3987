# === The second layer multiplies the first bias as well
def merged(w1, b1, w2, b2):
    return w1 @ w2, b1 + b2


# === The first bias is lost
def merged(w1, b1, w2, b2):
    return w1 @ w2, b2


# === The order of the matrices matters
def merged(w1, b1, w2, b2):
    return w2 @ w1, b1 @ w2 + b2


# === The second bias is lost
def merged(w1, b1, w2, b2):
    return w1 @ w2, b1 @ w2


# === The product of matrices is @
def merged(w1, b1, w2, b2):
    return w1 * w2, b1 @ w2 + b2


# === so w2 is on the right
def merged(w1, b1, w2, b2):
    return w1 @ w2, w2 @ b1 + b2
