# === The step uses the old velocity
def step(p, velocity, gradient, rate, beta):
    return p - rate * velocity, beta * velocity + gradient


# === the gradient is multiplied by 1 - beta
def step(p, velocity, gradient, rate, beta):
    velocity = beta * velocity + (1 - beta) * gradient
    return p - rate * velocity, velocity


# === The rate is in the velocity as well
def step(p, velocity, gradient, rate, beta):
    velocity = beta * velocity + rate * gradient
    return p - velocity, velocity


# === p moves against the velocity
def step(p, velocity, gradient, rate, beta):
    velocity = beta * velocity + gradient
    return p + rate * velocity, velocity


# === belongs to the caller
def step(p, velocity, gradient, rate, beta):
    velocity *= beta
    velocity += gradient
    return p - rate * velocity, velocity


# === the velocity points downhill
def step(p, velocity, gradient, rate, beta):
    velocity = beta * velocity - rate * gradient
    return p + velocity, velocity
