"""Write gradient descent with momentum.

Chapter 7. Plain descent moves p by -rate * gradient. With momentum there is a velocity as well. In
each step it keeps a part of itself and adds the gradient:

    new velocity = beta * velocity + gradient
    new p = p - rate * new velocity

So steps in the same direction get longer, and steps in opposite directions cancel. PyTorch's SGD
uses the same formula.

For p = [1.0], velocity = [0.5], gradient = [2.0], rate = 0.1 and beta = 0.9, the new velocity is
[2.45], and the new p is [0.755].

Check your answer:  python -m tinygrad_lite exercises check momentum
"""


def step(p, velocity, gradient, rate, beta):
    """One step: the new p and the new velocity. Do not change the arrays that you get."""
    return ..., ...
