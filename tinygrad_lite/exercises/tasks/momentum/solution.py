"""The velocity comes first, since the step uses the new one."""


def step(p, velocity, gradient, rate, beta):
    """One step: the new p and the new velocity. The arrays that are passed stay as they are."""
    velocity = beta * velocity + gradient
    return p - rate * velocity, velocity
