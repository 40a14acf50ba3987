"""We compute the velocity first, because the step uses the new one."""


def step(p, velocity, gradient, rate, beta):
    """One step: the new p and the new velocity. Do not change the arrays that you get."""
    velocity = beta * velocity + gradient
    return p - rate * velocity, velocity
