# === just as far away, on the other side
def best_rate(h):
    return 2 / h


# === With this rate a step arrives at the minimum
def limit(h):
    return 1 / h


# === This is one rate for all parabolas
def best_rate(h):
    return 0.1


# === A larger curvature needs a smaller rate
def limit(h):
    return 2 * h


# === With this rate a step goes half of the way
def best_rate(h):
    return 0.5 / h
