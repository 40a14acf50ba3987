# === This is the gradient, the sum of the parts
def parts(f, x):
    return tg.trace(f)(x)["x"].gradient


# === Take the value of each
def parts(f, x):
    return list(tg.trace(f)(x)["x"].contributions)


# === Ask the node of x
def parts(f, x):
    return [part.value for part in tg.trace(f)(x).output.contributions]


# === This is the value of x
def parts(f, x):
    return [tg.trace(f)(x)["x"].value]


# === a list with the gradient alone
def parts(f, x):
    return [tg.grad(f)(x)]
