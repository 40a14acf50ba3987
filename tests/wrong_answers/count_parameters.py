# === Each unit has a bias as well
def count(sizes):
    return sum(a * b for a, b in zip(sizes, sizes[1:]))


# === they have no biases
def count(sizes):
    return sum(a * b for a, b in zip(sizes, sizes[1:])) + sum(sizes)


# === one bias for each layer
def count(sizes):
    return sum(a * b + 1 for a, b in zip(sizes, sizes[1:]))


# === Only the first layer is counted
def count(sizes):
    total = 0
    for a, b in zip(sizes, sizes[1:]):
        total += a * b + b
        return total
